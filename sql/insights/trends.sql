-- How the series of one kind move, as each was measured last.
SELECT
    cost_series.series_id,
    cost_series.kind,
    cost_series.billing_currency,
    cost_series.provider_name,
    cost_series.service_name,
    cost_series.sub_account_id,
    cost_series.region_id,
    cost_series.tag_key,
    cost_series.tag_value,
    cost_trend.measured_day,
    cost_trend.measure,
    cost_trend.amount
FROM cost_series
INNER JOIN cost_trend ON cost_series.series_id = cost_trend.series_id
WHERE
    cost_series.kind = :series_kind
    AND cost_trend.measured_day = (
        SELECT MAX(newest.measured_day)
        FROM cost_trend newest
        WHERE newest.series_id = cost_series.series_id
    )
ORDER BY
    cost_series.billing_currency ASC,
    cost_series.series_id ASC,
    cost_trend.measure ASC
