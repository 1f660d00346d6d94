-- Versions of a chargeback that have lines or differences, and are neither open nor closed.
SELECT
    kept.charge_month,
    kept.billing_currency,
    kept.version
FROM (
    SELECT
        charge_month,
        billing_currency,
        version
    FROM chargeback_line
    UNION
    SELECT
        charge_month,
        billing_currency,
        version
    FROM chargeback_change
) kept
LEFT JOIN chargeback_period
    ON
        kept.charge_month = chargeback_period.charge_month
        AND kept.billing_currency = chargeback_period.billing_currency
        AND kept.version = chargeback_period.version
        AND chargeback_period.state IN ('open', 'closed')
WHERE chargeback_period.version IS NULL
ORDER BY kept.charge_month, kept.billing_currency, kept.version
