-- An open object is done with once its version, or a newer one, stands.
DELETE FROM open_object
WHERE EXISTS (
    SELECT 1
    FROM source_object
    WHERE
        source_object.object_id = open_object.object_id
        AND source_object.state = 'taken_in'
        AND (
            source_object.etag = open_object.etag
            OR source_object.delivered_at > open_object.delivered_at
        )
)
