-- The latest instant that budgets or alerts were looked at for.
SELECT MAX(as_of) AS as_of
FROM (
    SELECT MAX(as_of) AS as_of
    FROM alert
    UNION ALL
    SELECT MAX(as_of) AS as_of
    FROM budget_status
) looked
