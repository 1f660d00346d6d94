-- The budgets that accounts held when they were last read, with their alert rules.
SELECT
    budget.budget_id,
    budget.account,
    budget.budget_name,
    budget.amount,
    budget.billing_currency,
    budget.scope,
    budget.managed,
    budget.read_at,
    budget_alert_rule.place,
    budget_alert_rule.rule_type,
    budget_alert_rule.percent,
    budget_alert_rule.recipients
FROM budget
LEFT JOIN budget_alert_rule ON budget.budget_id = budget_alert_rule.budget_id
ORDER BY budget.account, budget.budget_name, budget_alert_rule.place
