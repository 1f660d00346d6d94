DELETE FROM daily_cost
WHERE EXISTS (
    SELECT 1
    FROM pending_day
    WHERE
        pending_day.provider = daily_cost.provider
        AND pending_day.charge_day = daily_cost.charge_day
)
