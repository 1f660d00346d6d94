-- The addresses of an account's alert rules.
DELETE FROM budget_alert_email
WHERE budget_id IN (
    SELECT budget.budget_id
    FROM budget
    WHERE budget.account = :account
)
