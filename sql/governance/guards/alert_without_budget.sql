-- Alerts of budgets that fire, whose budget is not known or never had a status.
SELECT
    alert_id,
    subject
FROM alert
WHERE
    state = 'firing'
    AND kind IN ('budget_actual', 'budget_forecast')
    AND NOT EXISTS (
        SELECT budget_alert.alert_id
        FROM budget_alert
        INNER JOIN budget_status ON budget_alert.budget_id = budget_status.budget_id
        WHERE
            budget_alert.alert_id = alert.alert_id
            AND budget_alert.first_seen = alert.first_seen
    )
ORDER BY alert_id
