-- Chargebacks in what is no currency: three letters, XXX for none.
SELECT
    charge_month,
    billing_currency,
    version
FROM chargeback_period
WHERE
    LENGTH(billing_currency) <> 3
    OR TRANSLATE(billing_currency, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'AAAAAAAAAAAAAAAAAAAAAAAAAA')
    <> 'AAA'
ORDER BY charge_month, billing_currency, version
