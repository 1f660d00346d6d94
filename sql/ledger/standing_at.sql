-- Which version of which object had lines on each charge day in [:first_day, :end_day) at :as_of,
-- and which version stands now.
WITH version AS (
    SELECT
        object_id,
        generation,
        provider,
        charge_day,
        source,
        format,
        delivered_at,
        lines,
        ROW_NUMBER() OVER (
            PARTITION BY object_id, provider, charge_day
            ORDER BY generation DESC
        ) AS place
    FROM arrival
    WHERE
        charge_day >= :first_day
        AND charge_day < :end_day
        AND delivered_at <= :as_of
)

SELECT
    version.object_id,
    version.generation,
    version.provider,
    version.charge_day,
    version.source,
    version.format,
    version.delivered_at,
    source_object.uri,
    source_object.generation AS generation_now
FROM version
INNER JOIN source_object ON version.object_id = source_object.object_id
WHERE version.place = 1 AND version.lines > 0
ORDER BY version.object_id, version.provider, version.charge_day
