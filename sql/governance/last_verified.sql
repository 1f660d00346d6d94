-- By thing of an account what was last read back after a change.
WITH verified AS (
    SELECT
        account_change.target,
        account_change.after_document,
        ROW_NUMBER() OVER (
            PARTITION BY account_change.target
            ORDER BY account_change.changed_at DESC, account_change.plan_id DESC
        ) AS back
    FROM account_change
    INNER JOIN change_plan ON account_change.plan_id = change_plan.plan_id
    WHERE
        change_plan.area = :area
        AND account_change.account = :account
        AND account_change.action <> 'unchanged'
        AND account_change.state = 'verified'
)

SELECT
    target,
    after_document
FROM verified
WHERE back = 1 AND after_document IS NOT NULL
ORDER BY target
