-- How many changes of an area were made, or begun, since an instant.
SELECT CAST(COUNT(*) AS DECIMAL(18, 0)) AS changes
FROM account_change
INNER JOIN change_plan ON account_change.plan_id = change_plan.plan_id
WHERE
    change_plan.area = :area
    AND account_change.action <> 'unchanged'
    AND account_change.changed_at >= :since
