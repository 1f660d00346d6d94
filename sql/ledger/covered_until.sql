-- The end of the newest recorded period of a source that ended at or before an instant.
SELECT max(period_end) AS covered_until
FROM covered_period
WHERE source = :source AND period_end <= :period_start
