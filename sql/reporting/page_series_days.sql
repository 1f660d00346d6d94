-- Published usage cost (EffectiveCost) of one series by day, from :first_day to its last known day.
-- What Kubernetes splits of other bills (:split_name) is told by provider and by service and sub
-- account only.
SELECT
    daily_cost.charge_day,
    SUM(daily_cost.effective_cost) AS effective_cost
FROM daily_cost
INNER JOIN cost_series ON daily_cost.billing_currency = cost_series.billing_currency
LEFT JOIN tag_set_value
    ON
        daily_cost.tag_set_id = tag_set_value.tag_set_id
        AND cost_series.tag_key = tag_set_value.tag_key
WHERE
    cost_series.series_id = :series_id
    AND daily_cost.charge_day >= :first_day
    AND daily_cost.charge_day <= cost_series.last_day
    AND daily_cost.charge_category = 'Usage'
    AND (daily_cost.charge_class IS NULL OR daily_cost.charge_class <> 'Correction')
    AND (
        daily_cost.provider_name <> :split_name
        OR cost_series.kind IN ('provider', 'service_sub_account')
    )
    AND (
        cost_series.kind IN ('total', 'tag')
        OR daily_cost.provider_name = cost_series.provider_name
    )
    AND (
        cost_series.kind NOT IN ('service', 'service_sub_account')
        OR daily_cost.service_name = cost_series.service_name
    )
    AND (
        cost_series.kind NOT IN ('sub_account', 'service_sub_account')
        OR daily_cost.sub_account_id = cost_series.sub_account_id
        OR (daily_cost.sub_account_id IS NULL AND cost_series.sub_account_id IS NULL)
    )
    AND (
        cost_series.kind <> 'region'
        OR daily_cost.region_id = cost_series.region_id
        OR (daily_cost.region_id IS NULL AND cost_series.region_id IS NULL)
    )
    AND (
        cost_series.kind <> 'tag'
        OR tag_set_value.tag_value = cost_series.tag_value
        OR (tag_set_value.tag_value IS NULL AND cost_series.tag_value IS NULL)
    )
GROUP BY daily_cost.charge_day
ORDER BY daily_cost.charge_day
