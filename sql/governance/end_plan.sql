-- An approved plan that was gone through to its end.
UPDATE change_plan
SET state = :plan_state
WHERE plan_id = :plan_id AND state = 'approved'
