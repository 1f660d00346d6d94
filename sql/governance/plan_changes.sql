-- The changes of a plan in their order.
SELECT
    plan_id,
    place,
    account,
    target,
    action,
    before_document,
    after_document,
    found_version,
    reasons,
    state,
    told,
    changed_at
FROM account_change
WHERE plan_id = :plan_id
ORDER BY place
