DELETE FROM completeness
WHERE charge_day >= :first_day
