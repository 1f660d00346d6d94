-- The newest judged days by provider, and how many rules their lines break.
SELECT
    provider,
    charge_day,
    lines,
    rules,
    must_broken,
    should_broken,
    judged_at
FROM focus_day
ORDER BY charge_day DESC, provider ASC
FETCH FIRST 60 ROWS ONLY
