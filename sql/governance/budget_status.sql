-- The budgets as they stood when they were looked at last, the worst first.
SELECT
    budget_id,
    as_of_day,
    month_day,
    account,
    budget_name,
    billing_currency,
    amount,
    actual_cost,
    forecast_cost,
    actual_percent,
    forecast_percent,
    days_left,
    severity,
    as_of
FROM budget_status
WHERE as_of_day = (SELECT MAX(newest.as_of_day) FROM budget_status newest)
ORDER BY
    CASE severity WHEN 'critical' THEN 1 WHEN 'high' THEN 2 WHEN 'medium' THEN 3 ELSE 4 END ASC,
    actual_percent DESC,
    account ASC,
    budget_name ASC
