SELECT
    version,
    definition
FROM mart_state
WHERE mart = :mart
