-- What one run found at one stage, broken expectations first.
SELECT
    expectation,
    column_name,
    severity,
    success,
    observed,
    unexpected_count,
    details
FROM quality_result
WHERE
    run_id = :run_id
    AND stage = :stage
ORDER BY
    success ASC,
    severity ASC,
    column_name ASC,
    expectation ASC
