SELECT CAST(COUNT(*) AS DECIMAL(18, 0)) AS unresolved
FROM correction
WHERE status = 'unresolved'
