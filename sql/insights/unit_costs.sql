-- What a unit of each service costs, the dearest services first.
SELECT
    unit_cost.series_id,
    cost_series.kind,
    cost_series.billing_currency,
    cost_series.provider_name,
    cost_series.service_name,
    cost_series.sub_account_id,
    cost_series.region_id,
    cost_series.tag_key,
    cost_series.tag_value,
    unit_cost.unit,
    unit_cost.first_day,
    unit_cost.last_day,
    unit_cost.quantity,
    unit_cost.cost,
    unit_cost.cost_per_unit,
    unit_cost.cost_per_unit_before
FROM unit_cost
INNER JOIN cost_series ON unit_cost.series_id = cost_series.series_id
ORDER BY
    cost_series.billing_currency ASC,
    unit_cost.cost DESC,
    unit_cost.series_id ASC,
    unit_cost.unit ASC
