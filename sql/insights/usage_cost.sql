-- Usage cost (EffectiveCost) over the charge days [:first_day, :end_day) by what makes a series.
-- Credits, taxes, purchases and corrections are no usage of the day. Days that something arrived
-- for after :as_of are left out: daily_cost holds that already.
SELECT
    daily_cost.provider,
    daily_cost.provider_name,
    daily_cost.sub_account_id,
    daily_cost.region_id,
    daily_cost.service_name,
    daily_cost.billing_currency,
    daily_cost.tag_set_id,
    daily_cost.charge_day,
    SUM(daily_cost.effective_cost) AS effective_cost
FROM daily_cost
WHERE
    daily_cost.charge_day >= :first_day
    AND daily_cost.charge_day < :end_day
    AND daily_cost.charge_category = 'Usage'
    AND (daily_cost.charge_class IS NULL OR daily_cost.charge_class <> 'Correction')
    AND NOT EXISTS (
        SELECT 1
        FROM arrival
        WHERE
            arrival.provider = daily_cost.provider
            AND arrival.charge_day = daily_cost.charge_day
            AND arrival.delivered_at > :as_of
    )
GROUP BY
    daily_cost.provider,
    daily_cost.provider_name,
    daily_cost.sub_account_id,
    daily_cost.region_id,
    daily_cost.service_name,
    daily_cost.billing_currency,
    daily_cost.tag_set_id,
    daily_cost.charge_day
