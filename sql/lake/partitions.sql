-- The lake's partitions that the lines of the view `focus_line` belong to, and how many do. Names
-- and instants repeat from line to line: each is read once.
WITH met AS (
    SELECT
        ProviderName,
        ChargePeriodStart,
        count(*) AS lines
    FROM focus_line
    GROUP BY ALL
)

SELECT
    provider_key(ProviderName) AS provider,
    cast(ChargePeriodStart AS DATE) AS day,
    cast(sum(lines) AS BIGINT) AS lines
FROM met
GROUP BY ALL
ORDER BY ALL
