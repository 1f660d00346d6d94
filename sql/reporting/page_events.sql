-- Anomaly events, newest first, each with what a person said of it or of the event that covers it,
-- and its causes in order, one row a cause; events :first_row to :last_row, of :severity if it is
-- given, with :every_series = 1 also those that only show another one again.
WITH shown_again AS (
    SELECT
        part_of,
        CAST(COUNT(*) AS DECIMAL(18, 0)) AS series_more
    FROM anomaly_event
    WHERE part_of IS NOT NULL
    GROUP BY part_of
),

numbered AS (
    SELECT
        anomaly_event.*,
        CAST(
            ROW_NUMBER() OVER (
                ORDER BY
                    anomaly_event.end_day DESC,
                    anomaly_event.start_day DESC,
                    ABS(anomaly_event.excess_cost) DESC,
                    anomaly_event.event_id ASC
            ) AS DECIMAL(18, 0)
        ) AS place_of_event,
        CAST(COUNT(*) OVER () AS DECIMAL(18, 0)) AS total
    FROM anomaly_event
    WHERE
        (:severity IS NULL OR anomaly_event.severity = :severity)
        AND (:every_series = 1 OR anomaly_event.part_of IS NULL)
)

SELECT
    numbered.event_id,
    numbered.part_of,
    numbered.kind AS event_kind,
    numbered.severity,
    numbered.material,
    numbered.start_day,
    numbered.end_day,
    numbered.peak_day,
    numbered.billing_currency,
    numbered.expected_cost,
    numbered.actual_cost,
    numbered.excess_cost,
    numbered.first_found_at,
    cost_series.kind,
    cost_series.provider_name,
    cost_series.service_name,
    cost_series.sub_account_id,
    cost_series.region_id,
    cost_series.tag_key,
    cost_series.tag_value,
    shown_again.series_more,
    anomaly_feedback.verdict,
    anomaly_feedback.why,
    anomaly_feedback.said_by,
    anomaly_cause.place,
    anomaly_cause.dimension_values,
    anomaly_cause.share_of_excess,
    anomaly_cause.amount,
    anomaly_cause.is_new,
    anomaly_cause.offsets,
    numbered.total
FROM numbered
LEFT JOIN cost_series ON numbered.series_id = cost_series.series_id
LEFT JOIN shown_again ON numbered.event_id = shown_again.part_of
LEFT JOIN anomaly_feedback
    ON COALESCE(numbered.covered_by, numbered.event_id) = anomaly_feedback.event_id
LEFT JOIN anomaly_cause ON numbered.event_id = anomaly_cause.event_id
WHERE numbered.place_of_event BETWEEN :first_row AND :last_row
ORDER BY numbered.place_of_event, anomaly_cause.place
