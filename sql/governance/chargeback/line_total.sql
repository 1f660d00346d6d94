SELECT SUM(amount) AS total_cost
FROM chargeback_line
WHERE
    charge_month = :charge_month
    AND billing_currency = :billing_currency
    AND version = :version_number
