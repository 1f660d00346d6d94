-- The objects whose lines stand in the lake; with :pending_only = 1, those with lines on a pending
-- day.
SELECT
    source_object.object_id,
    source_object.source,
    source_object.uri,
    source_object.delivered_at,
    source_object.format
FROM source_object
WHERE
    source_object.state = 'taken_in'
    AND (
        :pending_only = 0
        OR EXISTS (
            SELECT 1
            FROM source_object_day
            INNER JOIN pending_day
                ON
                    source_object_day.provider = pending_day.provider
                    AND source_object_day.charge_day = pending_day.charge_day
            WHERE source_object_day.object_id = source_object.object_id
        )
    )
