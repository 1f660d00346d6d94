-- The alerts that stand.
SELECT
    alert_id,
    first_seen,
    kind,
    subject,
    state,
    severity,
    worst_severity,
    dimensions,
    amount,
    threshold,
    billing_currency,
    told,
    resolved_at,
    as_of
FROM alert
WHERE state = 'firing'
ORDER BY alert_id, first_seen
