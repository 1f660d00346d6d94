-- The lines that are in the lake and do not count, one measure of them by object, day, currency and
-- reason, newest day first; rows :first_row to :last_row, of :provider_name if it is given.
WITH numbered AS (
    SELECT
        displaced_line.*,
        source_object.source,
        source_object.uri,
        CAST(
            ROW_NUMBER() OVER (
                ORDER BY
                    displaced_line.charge_day DESC,
                    displaced_line.provider ASC,
                    source_object.uri ASC,
                    displaced_line.billing_currency ASC,
                    displaced_line.reason ASC
            ) AS DECIMAL(18, 0)
        ) AS place,
        CAST(COUNT(*) OVER () AS DECIMAL(18, 0)) AS total
    FROM displaced_line
    INNER JOIN source_object ON displaced_line.object_id = source_object.object_id
    WHERE
        displaced_line.measure = :measure
        AND (:provider_name IS NULL OR displaced_line.provider = :provider_name)
)

SELECT
    provider,
    charge_day,
    billing_currency,
    reason,
    lines,
    amount,
    exact_amount,
    object_id,
    source,
    uri,
    total
FROM numbered
WHERE place BETWEEN :first_row AND :last_row
ORDER BY place
