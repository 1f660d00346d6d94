-- The changes of a plan that is made again by the same run.
DELETE FROM account_change
WHERE plan_id = :plan_id
