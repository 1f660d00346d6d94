-- What was bought in the charge days [:first_day, :end_day), by day and everything that may have a
-- price of its own: usage cost and both quantities. What :split_name splits is in the others' cost.
-- Days that something arrived for after :as_of are left out: daily_cost holds that already. A sum
-- of quantities that is too long for a column is NULL; 18 decimals are added up, so that it can be.
WITH added AS (
    SELECT
        daily_cost.charge_day,
        daily_cost.billing_currency,
        daily_cost.provider_name,
        daily_cost.service_name,
        daily_cost.sub_account_id,
        daily_cost.region_id,
        daily_cost.sku_id,
        daily_cost.pricing_unit,
        daily_cost.consumed_unit,
        SUM(CAST(daily_cost.pricing_quantity AS DECIMAL(38, 18))) AS priced,
        SUM(CAST(daily_cost.consumed_quantity AS DECIMAL(38, 18))) AS consumed,
        MIN(CASE WHEN daily_cost.pricing_quantity IS NULL THEN 0 ELSE 1 END) AS all_priced,
        MIN(CASE WHEN daily_cost.consumed_quantity IS NULL THEN 0 ELSE 1 END) AS all_consumed,
        SUM(daily_cost.effective_cost) AS cost
    FROM daily_cost
    WHERE
        daily_cost.charge_day >= :first_day
        AND daily_cost.charge_day < :end_day
        AND daily_cost.charge_category = 'Usage'
        AND (daily_cost.charge_class IS NULL OR daily_cost.charge_class <> 'Correction')
        AND daily_cost.provider_name <> :split_name
        AND NOT EXISTS (
            SELECT 1
            FROM arrival
            WHERE
                arrival.provider = daily_cost.provider
                AND arrival.charge_day = daily_cost.charge_day
                AND arrival.delivered_at > :as_of
        )
    GROUP BY
        daily_cost.charge_day,
        daily_cost.billing_currency,
        daily_cost.provider_name,
        daily_cost.service_name,
        daily_cost.sub_account_id,
        daily_cost.region_id,
        daily_cost.sku_id,
        daily_cost.pricing_unit,
        daily_cost.consumed_unit
)

SELECT
    charge_day,
    billing_currency,
    provider_name,
    service_name,
    sub_account_id,
    region_id,
    sku_id,
    pricing_unit,
    consumed_unit,
    CASE
        WHEN all_priced = 1 AND ABS(priced) < 99999999999999
            THEN CAST(priced AS DECIMAL(38, 24))
    END AS pricing_quantity,
    CASE
        WHEN all_consumed = 1 AND ABS(consumed) < 99999999999999
            THEN CAST(consumed AS DECIMAL(38, 24))
    END AS consumed_quantity,
    cost
FROM added
