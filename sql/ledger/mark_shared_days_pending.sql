-- The days that several kinds of OCI report bring: which of them counts may have changed.
INSERT INTO pending_day (provider, charge_day)
SELECT
    source_object_day.provider,
    source_object_day.charge_day
FROM source_object_day
INNER JOIN source_object ON source_object_day.object_id = source_object.object_id
WHERE
    source_object.state = 'taken_in'
    AND source_object.format IN ('oci_cost', 'oci_focus', 'oci_usage')
    AND NOT EXISTS (
        SELECT 1
        FROM pending_day
        WHERE
            pending_day.provider = source_object_day.provider
            AND pending_day.charge_day = source_object_day.charge_day
    )
GROUP BY
    source_object_day.provider,
    source_object_day.charge_day
HAVING COUNT(DISTINCT source_object.format) > 1
