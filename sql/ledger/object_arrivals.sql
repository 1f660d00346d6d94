-- What every version of one object before a generation held, by day, oldest version first.
SELECT
    provider,
    charge_day,
    lines
FROM arrival
WHERE object_id = :object_id AND generation < :generation
ORDER BY generation
