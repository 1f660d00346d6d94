DELETE FROM hourly_series
