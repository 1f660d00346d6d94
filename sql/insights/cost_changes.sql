-- Why the series of one kind cost more or less than in the span before, the largest change first.
SELECT
    cost_change_split.series_id,
    cost_series.kind,
    cost_series.billing_currency,
    cost_series.provider_name,
    cost_series.service_name,
    cost_series.sub_account_id,
    cost_series.region_id,
    cost_series.tag_key,
    cost_series.tag_value,
    cost_change_split.compared,
    cost_change_split.before_first_day,
    cost_change_split.before_last_day,
    cost_change_split.first_day,
    cost_change_split.last_day,
    cost_change_split.cost_before,
    cost_change_split.cost_after,
    cost_change_split.cost_after - cost_change_split.cost_before AS change_cost,
    cost_change_split.quantity_effect,
    cost_change_split.mix_effect,
    cost_change_split.price_effect,
    cost_change_split.other_effect
FROM cost_change_split
INNER JOIN cost_series ON cost_change_split.series_id = cost_series.series_id
WHERE cost_series.kind = :series_kind
ORDER BY
    cost_series.billing_currency ASC,
    cost_change_split.compared ASC,
    ABS(cost_change_split.cost_after - cost_change_split.cost_before) DESC,
    cost_change_split.series_id ASC
