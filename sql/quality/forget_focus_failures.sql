DELETE FROM focus_failure
WHERE provider = :provider AND charge_day = :charge_day
