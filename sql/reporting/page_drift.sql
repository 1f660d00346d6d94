-- Columns that came or went, newest first.
SELECT
    source,
    format,
    column_name,
    kind,
    object_id,
    uri,
    delivered_at,
    run_id
FROM schema_drift
ORDER BY
    delivered_at DESC,
    source ASC,
    kind ASC,
    column_name ASC
