-- What most of the usage cost of the days [$first_day, $end_day) was charged for, of the view
-- `counted_line`: of one currency, and of $service_name, $sku_id and $resource_id where they are
-- given.
SELECT ChargeDescription AS charge_description
FROM counted_line
WHERE
    ChargeCategory = 'Usage'
    AND ChargeDescription IS NOT NULL
    AND BillingCurrency = $billing_currency
    AND day >= $first_day
    AND day < $end_day
    AND ($service_name IS NULL OR ServiceName = $service_name)
    AND ($sku_id IS NULL OR SkuId = $sku_id)
    AND ($resource_id IS NULL OR ResourceId = $resource_id)
GROUP BY ChargeDescription
ORDER BY abs(sum(EffectiveCost)) DESC, ChargeDescription ASC
LIMIT 1
