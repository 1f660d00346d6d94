-- Alert rules of no budget, and addresses of no rule.
SELECT
    budget_id,
    place
FROM budget_alert_rule
WHERE
    NOT EXISTS (
        SELECT budget.budget_id
        FROM budget
        WHERE budget.budget_id = budget_alert_rule.budget_id
    )
UNION
SELECT
    budget_id,
    place
FROM budget_alert_email
WHERE
    NOT EXISTS (
        SELECT budget_alert_rule.budget_id
        FROM budget_alert_rule
        WHERE
            budget_alert_rule.budget_id = budget_alert_email.budget_id
            AND budget_alert_rule.place = budget_alert_email.place
    )
ORDER BY budget_id, place
