-- How many vectors a table holds.
SELECT CAST(COUNT(*) AS DECIMAL(18, 0)) AS vectors FROM {vector_table}
