DELETE FROM forecast_accuracy
WHERE measured_day = :measured_day
