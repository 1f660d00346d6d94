-- Usage cost by day of what a budget is of: how much of it is the account's own.
-- A scope part that is not asked for is bound as NULL.
SELECT
    COALESCE(SUM(daily_cost.effective_cost), 0) AS cost,
    COALESCE(
        SUM(
            CASE
                WHEN daily_cost.billing_account_id = :billing_account_id
                    THEN daily_cost.effective_cost
                ELSE 0
            END
        ),
        0
    ) AS account_cost
FROM daily_cost
LEFT JOIN tag_set_value
    ON
        daily_cost.tag_set_id = tag_set_value.tag_set_id
        AND tag_set_value.tag_key = :tag_key
WHERE
    daily_cost.charge_category = 'Usage'
    AND daily_cost.billing_currency = :billing_currency
    AND daily_cost.charge_day >= :first_day
    AND daily_cost.charge_day < :end_day
    AND (:provider_name IS NULL OR daily_cost.provider_name = :provider_name)
    AND (:service_name IS NULL OR daily_cost.service_name = :service_name)
    AND (:sub_account_id IS NULL OR daily_cost.sub_account_id = :sub_account_id)
    AND (:tag_key IS NULL OR tag_set_value.tag_value = :tag_value)
