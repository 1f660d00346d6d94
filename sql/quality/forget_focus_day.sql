DELETE FROM focus_day
WHERE provider = :provider AND charge_day = :charge_day
