DELETE FROM long_quantity
WHERE EXISTS (
    SELECT 1
    FROM pending_day
    WHERE
        pending_day.provider = long_quantity.provider
        AND pending_day.charge_day = long_quantity.charge_day
)
