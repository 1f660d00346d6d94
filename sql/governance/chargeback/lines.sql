SELECT
    bearer,
    cost_center,
    pool,
    provider_name,
    service_name,
    charge_category,
    amount,
    split_rule
FROM chargeback_line
WHERE
    charge_month = :charge_month
    AND billing_currency = :billing_currency
    AND version = :version_number
ORDER BY line_number
