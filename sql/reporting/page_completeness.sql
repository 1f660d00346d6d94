-- The recent days of each provider, newest first.
SELECT
    provider,
    charge_day,
    status,
    expected_share,
    arrived_share,
    lines,
    likely_lines,
    history_days,
    as_of
FROM completeness
WHERE charge_day >= :first_day
ORDER BY
    charge_day DESC,
    provider ASC
