-- The newest runs that judged lines, with how many expectations were broken.
SELECT
    run_id,
    stage,
    MAX(judged_at) AS judged_at,
    CAST(COUNT(*) AS DECIMAL(18, 0)) AS expectations,
    CAST(
        SUM(CASE WHEN success = 0 AND severity = 'error' THEN 1 ELSE 0 END) AS DECIMAL(18, 0)
    ) AS errors,
    CAST(
        SUM(CASE WHEN success = 0 AND severity = 'warning' THEN 1 ELSE 0 END) AS DECIMAL(18, 0)
    ) AS warnings
FROM quality_result
GROUP BY
    run_id,
    stage
ORDER BY
    judged_at DESC,
    run_id DESC,
    stage ASC
FETCH FIRST 20 ROWS ONLY
