SELECT
    earlier_version,
    bearer,
    cost_center,
    provider_name,
    service_name,
    amount_before,
    amount_after
FROM chargeback_change
WHERE
    charge_month = :charge_month
    AND billing_currency = :billing_currency
    AND version = :version_number
ORDER BY line_number
