DELETE FROM hourly_cost
