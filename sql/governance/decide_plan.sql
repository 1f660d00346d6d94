-- Who let a plan be applied or not, and when.
UPDATE change_plan
SET
    state = :plan_state,
    decided_how = :decided_how,
    decided_by = :decided_by,
    decided_at = :decided_at,
    why = :why
WHERE plan_id = :plan_id AND state = 'proposed'
