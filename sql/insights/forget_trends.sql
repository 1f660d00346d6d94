DELETE FROM cost_trend
WHERE as_of <= :as_of
