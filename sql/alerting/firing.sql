-- The alerts that stand, those of budgets with the budget.
SELECT
    alert.alert_id,
    alert.first_seen,
    alert.kind,
    alert.subject,
    alert.state,
    alert.severity,
    alert.worst_severity,
    alert.dimensions,
    alert.amount,
    alert.threshold,
    alert.billing_currency,
    alert.told,
    alert.resolved_at,
    alert.as_of,
    budget_alert.budget_id
FROM alert
LEFT JOIN budget_alert
    ON
        alert.alert_id = budget_alert.alert_id
        AND alert.first_seen = budget_alert.first_seen
WHERE alert.state = 'firing'
ORDER BY alert.alert_id, alert.first_seen
