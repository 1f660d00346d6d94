-- What a run reports.
SELECT
    source,
    format,
    column_name,
    kind,
    uri,
    delivered_at
FROM schema_drift
WHERE told_by = :run_id
ORDER BY source, format, kind, column_name
