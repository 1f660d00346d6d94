DELETE FROM displaced_line
WHERE EXISTS (
    SELECT 1
    FROM pending_day
    WHERE
        pending_day.provider = displaced_line.provider
        AND pending_day.charge_day = displaced_line.charge_day
)
