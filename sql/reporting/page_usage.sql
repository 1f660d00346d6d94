-- Days and services that differ by more than rounding, unknown ones first, then the newest. Rows
-- :first_row to :last_row, of :source_name if it is given, with :unknown_only = 1 the unknown ones.
WITH numbered AS (
    SELECT
        source,
        charge_day,
        service_name,
        billing_currency,
        measure,
        report_cost,
        api_cost,
        difference,
        late_cost,
        correction_cost,
        credit_cost,
        rounding_cost,
        unknown_cost,
        as_of,
        CAST(
            ROW_NUMBER() OVER (
                ORDER BY
                    CASE WHEN unknown_cost = 0 THEN 1 ELSE 0 END ASC,
                    charge_day DESC,
                    source ASC,
                    service_name ASC,
                    billing_currency ASC,
                    measure ASC
            ) AS DECIMAL(18, 0)
        ) AS place,
        CAST(COUNT(*) OVER () AS DECIMAL(18, 0)) AS total
    FROM usage_difference
    WHERE
        difference <> rounding_cost
        AND (:source_name IS NULL OR source = :source_name)
        AND (:unknown_only = 0 OR unknown_cost <> 0)
)

SELECT
    source,
    charge_day,
    service_name,
    billing_currency,
    measure,
    report_cost,
    api_cost,
    difference,
    late_cost,
    correction_cost,
    credit_cost,
    rounding_cost,
    unknown_cost,
    as_of,
    total
FROM numbered
WHERE place BETWEEN :first_row AND :last_row
ORDER BY place
