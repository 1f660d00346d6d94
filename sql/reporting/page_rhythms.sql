-- The sources, stalled ones first, those that have been silent longest on top.
SELECT
    source,
    status,
    deliveries,
    last_arrival_at,
    usual_gap_seconds,
    limit_seconds,
    stalled_since,
    as_of
FROM source_rhythm
ORDER BY
    CASE WHEN status = 'stalled' THEN 0 ELSE 1 END,
    last_arrival_at,
    source
