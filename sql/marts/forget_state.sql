DELETE FROM mart_state
WHERE mart = :mart
