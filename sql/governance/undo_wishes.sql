-- What was asked to be taken back and waits for a run, the oldest first.
SELECT
    plan_id,
    asked_at,
    asked_by,
    because
FROM undo_wish
WHERE run_id IS NULL
ORDER BY asked_at, plan_id
