-- When objects of each source arrived, up to an instant: also those without lines, and those that
-- are not taken in.
SELECT
    source,
    delivered_at
FROM arrival
WHERE delivered_at <= :as_of AND delivered_at >= :since
UNION
SELECT
    source,
    delivered_at
FROM ledger_object
WHERE delivered_at <= :as_of AND delivered_at >= :since
ORDER BY source, delivered_at
