-- What has drifted at a source so far.
SELECT
    format,
    column_name,
    kind
FROM schema_drift
WHERE source = :source
