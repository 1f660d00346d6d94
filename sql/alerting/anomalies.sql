-- The material events that ended on :since or later, told once and by nobody said to be expected,
-- with what explains the largest part of each and the runbook that fits it best.
SELECT
    anomaly_event.event_id,
    anomaly_event.kind,
    anomaly_event.severity,
    anomaly_event.start_day,
    anomaly_event.end_day,
    anomaly_event.billing_currency,
    anomaly_event.expected_cost,
    anomaly_event.actual_cost,
    anomaly_event.excess_cost,
    anomaly_event.as_of,
    cost_series.provider_name,
    cost_series.service_name,
    cost_series.sub_account_id,
    cost_series.region_id,
    cost_series.tag_key,
    cost_series.tag_value,
    anomaly_cause.dimension_values,
    anomaly_cause.share_of_excess,
    event_runbook.title_path AS runbook,
    event_runbook.uri AS runbook_uri
FROM anomaly_event
INNER JOIN cost_series ON anomaly_event.series_id = cost_series.series_id
LEFT JOIN anomaly_cause
    ON
        anomaly_event.event_id = anomaly_cause.event_id
        AND anomaly_cause.place = 1
LEFT JOIN event_runbook
    ON
        anomaly_event.event_id = event_runbook.event_id
        AND event_runbook.place = 1
WHERE
    anomaly_event.material = 1
    AND anomaly_event.part_of IS NULL
    AND anomaly_event.covered_by IS NULL
    AND anomaly_event.end_day >= :since
    AND NOT EXISTS (
        SELECT 1
        FROM anomaly_feedback
        WHERE anomaly_feedback.event_id = anomaly_event.event_id
    )
ORDER BY anomaly_event.event_id
