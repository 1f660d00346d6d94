-- What the ledger holds of each source: objects and lines by the state that the objects are in.
SELECT
    source,
    state,
    CAST(COUNT(*) AS DECIMAL(18, 0)) AS objects,
    CAST(COALESCE(SUM(lines_kept), 0) AS DECIMAL(18, 0)) AS lines_kept,
    CAST(COALESCE(SUM(lines_set_aside), 0) AS DECIMAL(18, 0)) AS lines_set_aside,
    MIN(delivered_at) AS first_delivered_at,
    MAX(delivered_at) AS last_delivered_at
FROM ledger_object
GROUP BY
    source,
    state
ORDER BY
    source,
    state
