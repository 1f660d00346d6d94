-- The whole ledger in one row: what was compared, what differs, what waits.
WITH compared AS (
    SELECT
        CAST(COUNT(*) AS DECIMAL(18, 0)) AS figures,
        CAST(
            COALESCE(SUM(CASE WHEN difference = 0 THEN 0 ELSE 1 END), 0) AS DECIMAL(18, 0)
        ) AS differing,
        CAST(COUNT(DISTINCT charge_day) AS DECIMAL(18, 0)) AS charge_days,
        MAX(published_at) AS published_at
    FROM reconciliation
),

waiting AS (
    SELECT CAST(COUNT(*) AS DECIMAL(18, 0)) AS pending_days
    FROM pending_day
),

standing AS (
    SELECT
        CAST(COUNT(*) AS DECIMAL(18, 0)) AS objects,
        CAST(COALESCE(SUM(lines_kept), 0) AS DECIMAL(18, 0)) AS lines_kept,
        CAST(COALESCE(SUM(lines_set_aside), 0) AS DECIMAL(18, 0)) AS lines_set_aside
    FROM source_object
    WHERE state = 'taken_in'
),

missing AS (
    SELECT CAST(COUNT(*) AS DECIMAL(18, 0)) AS open_objects
    FROM open_object
)

SELECT
    compared.figures,
    compared.differing,
    compared.charge_days,
    compared.published_at,
    waiting.pending_days,
    standing.objects,
    standing.lines_kept,
    standing.lines_set_aside,
    missing.open_objects
FROM compared
CROSS JOIN waiting
CROSS JOIN standing
CROSS JOIN missing
