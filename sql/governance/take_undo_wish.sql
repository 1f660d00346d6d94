-- A run takes upon itself what was asked.
UPDATE undo_wish
SET run_id = :run_id
WHERE plan_id = :plan_id AND asked_at = :asked_at
