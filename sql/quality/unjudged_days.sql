-- The published days that FOCUS's rules have not been held against since they were published.
SELECT
    published.provider,
    published.charge_day
FROM (
    SELECT
        provider,
        charge_day,
        MAX(published_at) AS published_at
    FROM reconciliation
    GROUP BY provider, charge_day
) published
LEFT JOIN focus_day
    ON
        published.provider = focus_day.provider
        AND published.charge_day = focus_day.charge_day
WHERE focus_day.judged_at IS NULL OR focus_day.judged_at < published.published_at
ORDER BY published.charge_day, published.provider
