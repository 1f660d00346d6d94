-- The alerts that fire, the worst first, then those that were over at :since or later, the latest
-- first; rows :first_row to :last_row.
WITH numbered AS (
    SELECT
        alert_id,
        first_seen,
        kind,
        subject,
        state,
        severity,
        amount,
        threshold,
        billing_currency,
        told,
        resolved_at,
        CAST(
            ROW_NUMBER() OVER (
                ORDER BY
                    CASE state WHEN 'firing' THEN 1 ELSE 2 END ASC,
                    resolved_at DESC,
                    CASE severity
                        WHEN 'critical' THEN 1
                        WHEN 'high' THEN 2
                        WHEN 'medium' THEN 3
                        ELSE 4
                    END ASC,
                    first_seen DESC,
                    alert_id ASC
            ) AS DECIMAL(18, 0)
        ) AS place,
        CAST(COUNT(*) OVER () AS DECIMAL(18, 0)) AS total
    FROM alert
    WHERE state = 'firing' OR resolved_at >= :since
)

SELECT
    alert_id,
    first_seen,
    kind,
    subject,
    state,
    severity,
    amount,
    threshold,
    billing_currency,
    told,
    resolved_at,
    total
FROM numbered
WHERE place BETWEEN :first_row AND :last_row
ORDER BY place
