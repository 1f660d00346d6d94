-- What was compared over some days, before they are compared again.
DELETE FROM usage_difference
WHERE
    source = :source_name
    AND charge_day >= :first_day
    AND charge_day < :end_day
