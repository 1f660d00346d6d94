-- The relation `bought` with one unit and quantity a row: the priced one, else the consumed one. A
-- row that has neither is not metered: its unit is NULL.
SELECT
    bought.*,
    coalesce(pricing_quantity > 0 AND pricing_unit IS NOT NULL, FALSE) AS is_priced,
    CASE
        WHEN is_priced THEN pricing_unit
        WHEN consumed_quantity > 0 THEN consumed_unit
    END AS unit,
    CASE WHEN is_priced THEN pricing_quantity ELSE consumed_quantity END AS quantity
FROM bought
