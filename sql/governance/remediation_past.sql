-- What was changed in accounts since an instant and read back, or was rejected, oldest first.
SELECT
    account_change.target,
    account_change.before_document,
    account_change.after_document,
    account_change.reasons,
    account_change.state,
    COALESCE(account_change.changed_at, change_plan.decided_at) AS done_at
FROM account_change
INNER JOIN change_plan ON account_change.plan_id = change_plan.plan_id
WHERE
    change_plan.area = :area
    AND account_change.action <> 'unchanged'
    AND (account_change.state = 'verified' OR change_plan.state = 'rejected')
    AND COALESCE(account_change.changed_at, change_plan.decided_at) >= :since
ORDER BY done_at, account_change.plan_id, account_change.place
