-- What was explained before.
DELETE FROM plan_table
WHERE statement_id = :statement_id
