-- The days that an object's current lines fall on, about to be replaced.
INSERT INTO pending_day (provider, charge_day)
SELECT
    provider,
    charge_day
FROM source_object_day
WHERE
    object_id = :object_id
    AND NOT EXISTS (
        SELECT 1
        FROM pending_day
        WHERE
            pending_day.provider = source_object_day.provider
            AND pending_day.charge_day = source_object_day.charge_day
    )
