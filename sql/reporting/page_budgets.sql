-- The budgets as accounts held them when they were last read, each with how it stood when all were
-- looked at last, the worst first, and its alert rules in order, one row a rule; budgets :first_row
-- to :last_row.
WITH newest AS (
    SELECT
        budget_id,
        as_of_day,
        month_day,
        amount,
        actual_cost,
        forecast_cost,
        actual_percent,
        forecast_percent,
        days_left,
        severity
    FROM budget_status
    WHERE as_of_day = (SELECT MAX(latest.as_of_day) FROM budget_status latest)
),

numbered AS (
    SELECT
        budget.budget_id,
        budget.account,
        budget.budget_name,
        budget.amount,
        budget.billing_currency,
        budget.scope,
        budget.managed,
        budget.read_at,
        newest.as_of_day,
        newest.month_day,
        newest.amount AS looked_at_amount,
        newest.actual_cost,
        newest.forecast_cost,
        newest.actual_percent,
        newest.forecast_percent,
        newest.days_left,
        newest.severity,
        CAST(
            ROW_NUMBER() OVER (
                ORDER BY
                    CASE newest.severity
                        WHEN 'critical' THEN 1
                        WHEN 'high' THEN 2
                        WHEN 'medium' THEN 3
                        WHEN 'none' THEN 4
                        ELSE 5
                    END ASC,
                    newest.actual_percent DESC,
                    budget.account ASC,
                    budget.budget_name ASC
            ) AS DECIMAL(18, 0)
        ) AS place,
        CAST(COUNT(*) OVER () AS DECIMAL(18, 0)) AS total
    FROM budget
    LEFT JOIN newest ON budget.budget_id = newest.budget_id
)

SELECT
    numbered.budget_id,
    numbered.account,
    numbered.budget_name,
    numbered.amount,
    numbered.billing_currency,
    numbered.scope,
    numbered.managed,
    numbered.read_at,
    numbered.as_of_day,
    numbered.month_day,
    numbered.looked_at_amount,
    numbered.actual_cost,
    numbered.forecast_cost,
    numbered.actual_percent,
    numbered.forecast_percent,
    numbered.days_left,
    numbered.severity,
    budget_alert_rule.place AS rule_place,
    budget_alert_rule.rule_type,
    budget_alert_rule.percent,
    budget_alert_rule.recipients,
    numbered.total
FROM numbered
LEFT JOIN budget_alert_rule ON numbered.budget_id = budget_alert_rule.budget_id
WHERE numbered.place BETWEEN :first_row AND :last_row
ORDER BY numbered.place, budget_alert_rule.place
