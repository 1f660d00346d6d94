-- The steps of an explained statement, and what each works on.
SELECT
    operation,
    options,
    object_name
FROM plan_table
WHERE statement_id = :statement_id
ORDER BY id
