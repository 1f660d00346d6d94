-- What each series of one kind is forecast to cost in the hours from :first_hour on, before
-- :day_end and before :end_hour. The largest first within a currency.
SELECT
    hourly_series.series_id,
    hourly_series.kind,
    hourly_series.billing_currency,
    hourly_series.provider_name,
    hourly_series.service_name,
    hourly_series.hourly_share,
    hourly_series.last_hour,
    hourly_series.seasons,
    hourly_series.remark,
    hourly_series.as_of,
    SUM(CASE WHEN hourly_cost.charge_hour < :day_end THEN hourly_cost.forecast_cost END)
        AS day_cost,
    SUM(hourly_cost.forecast_cost) AS forecast_cost
FROM hourly_series
LEFT JOIN hourly_cost
    ON
        hourly_series.series_id = hourly_cost.series_id
        AND hourly_cost.charge_hour >= :first_hour
        AND hourly_cost.charge_hour < :end_hour
WHERE hourly_series.kind = :series_kind
GROUP BY
    hourly_series.series_id,
    hourly_series.kind,
    hourly_series.billing_currency,
    hourly_series.provider_name,
    hourly_series.service_name,
    hourly_series.hourly_share,
    hourly_series.last_hour,
    hourly_series.seasons,
    hourly_series.remark,
    hourly_series.as_of
ORDER BY
    hourly_series.billing_currency ASC,
    COALESCE(SUM(hourly_cost.forecast_cost), -1) DESC,
    hourly_series.series_id ASC
