-- What no run has reported yet is this run's to report.
UPDATE schema_drift
SET told_by = :run_id
WHERE told_by IS NULL
