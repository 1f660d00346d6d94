DELETE FROM chargeback_change
WHERE
    charge_month = :charge_month
    AND billing_currency = :billing_currency
    AND version = :version_number
