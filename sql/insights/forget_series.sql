DELETE FROM cost_series
