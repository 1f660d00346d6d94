DELETE FROM cost_forecast
WHERE forecaster = :forecaster AND as_of = :as_of
