-- The ledger's counts of the objects whose lines stand; with :pending_only = 1, of those all of
-- whose days are pending.
SELECT
    source_object.object_id,
    source_object.uri,
    source_object.records,
    source_object.lines_kept,
    source_object.lines_set_aside
FROM source_object
WHERE
    source_object.state = 'taken_in'
    AND (
        :pending_only = 0
        OR NOT EXISTS (
            SELECT 1
            FROM source_object_day
            WHERE
                source_object_day.object_id = source_object.object_id
                AND NOT EXISTS (
                    SELECT 1
                    FROM pending_day
                    WHERE
                        pending_day.provider = source_object_day.provider
                        AND pending_day.charge_day = source_object_day.charge_day
                )
        )
    )
