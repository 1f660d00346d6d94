DELETE FROM anomaly_event
WHERE end_day >= :first_day
