SELECT
    provider,
    charge_day
FROM pending_day
