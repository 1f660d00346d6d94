-- Which budget an alert is of, before it is kept anew.
DELETE FROM budget_alert
WHERE alert_id = :alert_id AND first_seen = :first_seen
