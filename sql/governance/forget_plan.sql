-- A plan that is made again by the same run.
DELETE FROM change_plan
WHERE plan_id = :plan_id
