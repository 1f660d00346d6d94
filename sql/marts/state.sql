SELECT
    version,
    built_by
FROM mart_state
WHERE mart = :mart
