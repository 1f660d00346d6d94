-- The changes of a plan, those that went wrong on top and those that change nothing at the end;
-- rows :first_row to :last_row.
WITH numbered AS (
    SELECT
        place,
        account,
        target,
        action,
        before_document,
        after_document,
        reasons,
        state,
        told,
        changed_at,
        CAST(
            ROW_NUMBER() OVER (
                ORDER BY
                    CASE WHEN action = 'unchanged' THEN 2 ELSE 1 END ASC,
                    CASE WHEN state IN ('refused', 'failed') THEN 1 ELSE 2 END ASC,
                    place ASC
            ) AS DECIMAL(18, 0)
        ) AS row_place,
        CAST(COUNT(*) OVER () AS DECIMAL(18, 0)) AS total
    FROM account_change
    WHERE plan_id = :plan_id
)

SELECT
    place,
    account,
    target,
    action,
    before_document,
    after_document,
    reasons,
    state,
    told,
    changed_at,
    total
FROM numbered
WHERE row_place BETWEEN :first_row AND :last_row
ORDER BY row_place
