DELETE FROM pending_day
WHERE provider = :provider AND charge_day = :charge_day
