-- The kept lines of one object ($object_id) as the lake holds them: partition first, then the line.
SELECT
    provider_key(focus_line.ProviderName) AS provider,
    cast(focus_line.ChargePeriodStart AS DATE) AS day,
    focus_line.*,
    $object_id AS x_object_id
FROM focus_line
