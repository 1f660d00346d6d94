-- The channels that messages wait for.
SELECT DISTINCT channel
FROM notification
WHERE state IN ('pending', 'held')
ORDER BY channel
