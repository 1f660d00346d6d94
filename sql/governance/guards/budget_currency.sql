-- Budgets, and what is spent of them, in what is no currency: three letters, XXX for none.
SELECT
    account,
    budget_name,
    billing_currency
FROM budget
WHERE
    LENGTH(billing_currency) <> 3
    OR TRANSLATE(billing_currency, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'AAAAAAAAAAAAAAAAAAAAAAAAAA')
    <> 'AAA'
UNION
SELECT
    account,
    budget_name,
    billing_currency
FROM budget_status
WHERE
    LENGTH(billing_currency) <> 3
    OR TRANSLATE(billing_currency, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'AAAAAAAAAAAAAAAAAAAAAAAAAA')
    <> 'AAA'
ORDER BY account, budget_name, billing_currency
