DELETE FROM correction
WHERE EXISTS (
    SELECT 1
    FROM pending_day
    WHERE
        pending_day.provider = correction.provider
        AND pending_day.charge_day = correction.charge_day
)
