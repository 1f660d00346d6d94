-- The newest plans, with how many changes each has.
SELECT
    change_plan.plan_id,
    change_plan.area,
    change_plan.state,
    change_plan.dry_run,
    change_plan.problems,
    change_plan.decided_how,
    change_plan.decided_by,
    change_plan.decided_at,
    change_plan.why,
    change_plan.as_of,
    change_plan.run_id,
    CAST(
        SUM(CASE WHEN account_change.action <> 'unchanged' THEN 1 ELSE 0 END) AS DECIMAL(18, 0)
    ) AS changes,
    CAST(
        SUM(
            CASE
                WHEN account_change.action <> 'unchanged' AND account_change.state = 'verified'
                    THEN 1
                ELSE 0
            END
        ) AS DECIMAL(18, 0)
    ) AS verified
FROM change_plan
LEFT JOIN account_change ON change_plan.plan_id = account_change.plan_id
GROUP BY
    change_plan.plan_id,
    change_plan.area,
    change_plan.state,
    change_plan.dry_run,
    change_plan.problems,
    change_plan.decided_how,
    change_plan.decided_by,
    change_plan.decided_at,
    change_plan.why,
    change_plan.as_of,
    change_plan.run_id
ORDER BY change_plan.as_of DESC, change_plan.plan_id ASC
FETCH FIRST 50 ROWS ONLY
