-- Recipients of alert rules that are no address.
SELECT
    budget_id,
    place,
    email
FROM budget_alert_email
WHERE email NOT LIKE '%_@_%' OR INSTR(email, ' ') > 0
ORDER BY budget_id, place, email
