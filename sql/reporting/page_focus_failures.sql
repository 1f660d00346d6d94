-- Rules of FOCUS 1.2 that lines of judged days break, by provider, over all of their days.
SELECT
    provider,
    rule_id,
    rule_level,
    column_name,
    requirement,
    CAST(SUM(broken_lines) AS DECIMAL(18, 0)) AS broken_lines,
    CAST(COUNT(*) AS DECIMAL(18, 0)) AS days,
    MIN(charge_day) AS first_day,
    MAX(charge_day) AS last_day,
    MIN(example) AS example
FROM focus_failure
GROUP BY provider, rule_id, rule_level, column_name, requirement
ORDER BY provider ASC, rule_level ASC, broken_lines DESC, rule_id ASC
