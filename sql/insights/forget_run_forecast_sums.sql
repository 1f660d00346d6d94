DELETE FROM cost_forecast_sum
WHERE forecaster = :forecaster AND as_of = :as_of
