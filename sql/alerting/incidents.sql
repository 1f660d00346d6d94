-- The incidents of the alerts that fired from an instant on.
SELECT
    alert_id,
    first_seen,
    incident_id,
    cause
FROM incident_alert
WHERE first_seen >= :fired_from
