-- What a run took upon itself to take back, or else the oldest that waits for a run.
SELECT
    plan_id,
    asked_at,
    asked_by,
    because,
    run_id
FROM undo_wish
WHERE run_id = :run_id OR run_id IS NULL
ORDER BY
    CASE WHEN run_id IS NULL THEN 1 ELSE 0 END,
    asked_at,
    plan_id
FETCH FIRST 1 ROWS ONLY
