-- Plans of changes to accounts, newest first, with how many changes each has, how many of them were
-- read back as wanted, and how many went wrong; rows :first_row to :last_row.
WITH counted AS (
    SELECT
        plan_id,
        CAST(COUNT(*) AS DECIMAL(18, 0)) AS changes,
        CAST(SUM(CASE WHEN state = 'verified' THEN 1 ELSE 0 END) AS DECIMAL(18, 0)) AS verified,
        CAST(
            SUM(CASE WHEN state IN ('refused', 'failed') THEN 1 ELSE 0 END) AS DECIMAL(18, 0)
        ) AS gone_wrong
    FROM account_change
    WHERE action <> 'unchanged'
    GROUP BY plan_id
),

numbered AS (
    SELECT
        plan_id,
        area,
        state,
        dry_run,
        problems,
        decided_how,
        decided_by,
        decided_at,
        why,
        as_of,
        CAST(ROW_NUMBER() OVER (ORDER BY as_of DESC, plan_id ASC) AS DECIMAL(18, 0)) AS place,
        CAST(COUNT(*) OVER () AS DECIMAL(18, 0)) AS total
    FROM change_plan
)

SELECT
    numbered.plan_id,
    numbered.area,
    numbered.state,
    numbered.dry_run,
    numbered.problems,
    numbered.decided_how,
    numbered.decided_by,
    numbered.decided_at,
    numbered.why,
    numbered.as_of,
    counted.changes,
    counted.verified,
    counted.gone_wrong,
    numbered.total
FROM numbered
LEFT JOIN counted ON numbered.plan_id = counted.plan_id
WHERE numbered.place BETWEEN :first_row AND :last_row
ORDER BY numbered.place
