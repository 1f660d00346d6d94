-- The version of one object that failed or waits.
SELECT
    uri,
    delivered_at,
    state,
    error
FROM open_object
WHERE object_id = :object_id
