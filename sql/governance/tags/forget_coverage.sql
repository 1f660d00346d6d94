-- The coverage of the charge days in [:first_day, :end_day) that stands for no later instant.
DELETE FROM tag_coverage
WHERE
    charge_day >= :first_day
    AND charge_day < :end_day
    AND as_of <= :as_of
