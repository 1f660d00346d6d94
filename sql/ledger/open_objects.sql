-- The objects of one source that a run found and that are not taken in yet.
SELECT
    object_id,
    etag,
    first_seen_at,
    error_kind
FROM open_object
WHERE source = :source
