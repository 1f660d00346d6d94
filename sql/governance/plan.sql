-- One plan: how it was decided and how far it came.
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
    run_id
FROM change_plan
WHERE plan_id = :plan_id
