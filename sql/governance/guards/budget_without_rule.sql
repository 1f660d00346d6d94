-- Budgets of this project that would never tell anybody.
SELECT
    account,
    budget_name
FROM budget
WHERE
    managed = 1
    AND NOT EXISTS (
        SELECT budget_alert_rule.budget_id
        FROM budget_alert_rule
        WHERE budget_alert_rule.budget_id = budget.budget_id
    )
ORDER BY account, budget_name
