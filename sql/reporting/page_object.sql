-- The version of one object whose lines stand.
SELECT
    object_id,
    source,
    uri,
    etag,
    bytes,
    delivered_at,
    first_seen_at,
    state,
    generation,
    format,
    sha256,
    records,
    lines_kept,
    lines_set_aside,
    unknown_columns,
    missing_columns,
    run_id
FROM source_object
WHERE object_id = :object_id
