-- By how many lines each delivery up to an instant changed each day, and how many it then held.
WITH version AS (
    SELECT
        source,
        provider,
        format,
        charge_day,
        delivered_at,
        lines,
        lines - LAG(lines, 1, 0) OVER (
            PARTITION BY object_id, provider, charge_day
            ORDER BY generation
        ) AS added
    FROM arrival
    WHERE delivered_at <= :as_of AND charge_day >= :first_day
)

SELECT
    source,
    provider,
    charge_day,
    delivered_at,
    MAX(format) AS format,
    CAST(SUM(added) AS DECIMAL(18, 0)) AS added,
    CAST(SUM(lines) AS DECIMAL(18, 0)) AS held
FROM version
GROUP BY source, provider, charge_day, delivered_at
ORDER BY source, provider, charge_day, delivered_at
