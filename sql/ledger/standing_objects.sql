-- The objects of one source whose lines stand in the lake.
SELECT
    object_id,
    source,
    uri,
    etag,
    bytes,
    delivered_at,
    first_seen_at
FROM source_object
WHERE source = :source AND state = 'taken_in'
