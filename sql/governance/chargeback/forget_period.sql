-- A closed version stays.
DELETE FROM chargeback_period
WHERE
    charge_month = :charge_month
    AND billing_currency = :billing_currency
    AND version = :version_number
    AND state = 'open'
