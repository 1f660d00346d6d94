-- Usage cost of the view `counted_line` by service and hour. A line is of an hour when its charge
-- period lies within one; charge_hour is NULL for what is of days or months. What $split_name names
-- (Kubernetes) splits lines that are here, too, and is left out.
SELECT
    BillingCurrency AS billing_currency,
    fitted(ProviderName, 256) AS provider_name,
    fitted(ServiceName, 512) AS service_name,
    provider,
    CASE
        WHEN
            ChargePeriodEnd > ChargePeriodStart
            AND ChargePeriodEnd <= date_trunc('hour', ChargePeriodStart) + INTERVAL 1 HOUR
            THEN date_trunc('hour', ChargePeriodStart)
    END AS charge_hour,
    total(EffectiveCost) AS effective_cost,
    max(day) AS last_day
FROM counted_line
WHERE
    ChargeCategory = 'Usage'
    AND (ChargeClass IS NULL OR ChargeClass <> 'Correction')
    AND BillingCurrency <> $no_currency
    AND ProviderName <> $split_name
GROUP BY ALL
ORDER BY billing_currency, provider_name, service_name, provider, charge_hour
