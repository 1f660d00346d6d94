-- The alert rules of an account's budgets.
DELETE FROM budget_alert_rule
WHERE budget_id IN (
    SELECT budget.budget_id
    FROM budget
    WHERE budget.account = :account
)
