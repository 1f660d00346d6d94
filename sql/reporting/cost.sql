-- Cost over the charge days [:first_day, :end_day), by currency and by whichever of the other
-- dimensions is asked for (:by_day = 1 and so on); with :by_tags = 1 by tag set as well. The
-- provider :split is always told apart: it only splits what the others bill.
WITH chosen AS (
    SELECT
        CASE WHEN :by_day = 1 THEN charge_day END AS charge_day,
        CASE WHEN :by_provider = 1 OR provider_name = :split THEN provider_name END
            AS provider_name,
        CASE WHEN :by_account = 1 THEN billing_account_id END AS billing_account_id,
        CASE WHEN :by_sub_account = 1 THEN sub_account_id END AS sub_account_id,
        CASE WHEN :by_region = 1 THEN region_id END AS region_id,
        CASE WHEN :by_service = 1 THEN service_name END AS service_name,
        CASE WHEN :by_sku = 1 THEN sku_id END AS sku_id,
        CASE WHEN :by_category = 1 THEN charge_category END AS charge_category,
        CASE WHEN :by_tags = 1 THEN tag_set_id END AS tag_set_id,
        billing_currency,
        billed_cost,
        effective_cost,
        list_cost,
        contracted_cost,
        line_count
    FROM daily_cost
    WHERE charge_day >= :first_day AND charge_day < :end_day
)

SELECT
    charge_day,
    provider_name,
    billing_account_id,
    sub_account_id,
    region_id,
    service_name,
    sku_id,
    charge_category,
    tag_set_id,
    billing_currency,
    SUM(billed_cost) AS billed_cost,
    SUM(effective_cost) AS effective_cost,
    SUM(list_cost) AS list_cost,
    SUM(contracted_cost) AS contracted_cost,
    CAST(SUM(line_count) AS DECIMAL(18, 0)) AS line_count
FROM chosen
GROUP BY
    charge_day,
    provider_name,
    billing_account_id,
    sub_account_id,
    region_id,
    service_name,
    sku_id,
    charge_category,
    tag_set_id,
    billing_currency
