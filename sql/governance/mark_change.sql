-- How far a change has come.
UPDATE account_change
SET
    state = :change_state,
    told = :told,
    changed_at = :changed_at
WHERE plan_id = :plan_id AND place = :place
