-- What redeliveries changed, the newest commit first, in it the largest change of cost first; rows
-- :first_row to :last_row, of :source_name if it is given.
WITH numbered AS (
    SELECT
        redelivery_change.*,
        CAST(
            ROW_NUMBER() OVER (
                ORDER BY
                    redelivery_change.lake_version DESC,
                    ABS(
                        CAST(redelivery_change.billed_cost_after AS DECIMAL(38, 10))
                        - CAST(redelivery_change.billed_cost_before AS DECIMAL(38, 10))
                    ) DESC,
                    redelivery_change.provider ASC,
                    redelivery_change.billing_period ASC,
                    redelivery_change.service_name ASC,
                    redelivery_change.billing_currency ASC
            ) AS DECIMAL(18, 0)
        ) AS place,
        CAST(COUNT(*) OVER () AS DECIMAL(18, 0)) AS total
    FROM redelivery_change
    WHERE :source_name IS NULL OR redelivery_change.source = :source_name
)

SELECT
    lake_version,
    source,
    delivery,
    delivered_at,
    run_id,
    provider,
    billing_period,
    service_name,
    billing_currency,
    billed_cost_before,
    billed_cost_after,
    effective_cost_before,
    effective_cost_after,
    lines_before,
    lines_after,
    total
FROM numbered
WHERE place BETWEEN :first_row AND :last_row
ORDER BY place
