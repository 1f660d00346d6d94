DELETE FROM covered_period
WHERE source = :source AND period_start = :period_start AND period_end = :period_end
