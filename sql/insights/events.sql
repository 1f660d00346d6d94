-- The events that end on :first_day or later, each with its series and what a person said of it;
-- with :with_parts = 0 without those that show another event again, with :material_only = 1 only
-- those that are worth an alert. The latest first.
SELECT
    anomaly_event.event_id,
    anomaly_event.series_id,
    anomaly_event.part_of,
    anomaly_event.covered_by,
    anomaly_event.kind,
    anomaly_event.severity,
    anomaly_event.material,
    anomaly_event.start_day,
    anomaly_event.end_day,
    anomaly_event.peak_day,
    anomaly_event.billing_currency,
    anomaly_event.expected_cost,
    anomaly_event.actual_cost,
    anomaly_event.excess_cost,
    anomaly_event.detector,
    anomaly_event.sensitivity,
    anomaly_event.first_found_at,
    anomaly_event.as_of,
    anomaly_event.run_id,
    cost_series.kind AS series_kind,
    cost_series.provider_name,
    cost_series.service_name,
    cost_series.sub_account_id,
    cost_series.region_id,
    cost_series.tag_key,
    cost_series.tag_value,
    anomaly_feedback.verdict,
    anomaly_feedback.why
FROM anomaly_event
LEFT JOIN cost_series ON anomaly_event.series_id = cost_series.series_id
LEFT JOIN anomaly_feedback
    ON
        COALESCE(anomaly_event.covered_by, anomaly_event.event_id) = anomaly_feedback.event_id
WHERE
    anomaly_event.end_day >= :first_day
    AND (:with_parts = 1 OR anomaly_event.part_of IS NULL)
    AND (:material_only = 0 OR anomaly_event.material = 1)
ORDER BY anomaly_event.end_day DESC, anomaly_event.start_day DESC, anomaly_event.event_id ASC
