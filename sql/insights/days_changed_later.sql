-- The providers' charge days in [:first_day, :end_day) that something arrived for after :as_of.
SELECT DISTINCT
    provider,
    charge_day
FROM arrival
WHERE
    charge_day >= :first_day
    AND charge_day < :end_day
    AND delivered_at > :as_of
ORDER BY provider, charge_day
