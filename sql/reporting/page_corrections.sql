-- The corrections with both of their ends, unresolved ones first, then the newest; rows :first_row
-- to :last_row, of :link_status if it is given.
WITH numbered AS (
    SELECT
        correction.*,
        own.uri,
        corrected.uri AS corrected_uri,
        CAST(
            ROW_NUMBER() OVER (
                ORDER BY
                    correction.status DESC,
                    correction.charge_day DESC,
                    correction.provider ASC,
                    correction.object_id ASC,
                    correction.record_number ASC
            ) AS DECIMAL(18, 0)
        ) AS place,
        CAST(COUNT(*) OVER () AS DECIMAL(18, 0)) AS total
    FROM correction
    LEFT JOIN source_object own ON correction.object_id = own.object_id
    LEFT JOIN source_object corrected ON correction.corrected_object_id = corrected.object_id
    WHERE :link_status IS NULL OR correction.status = :link_status
)

SELECT
    provider,
    charge_day,
    charge_period_start,
    charge_period_end,
    billing_account_id,
    service_name,
    resource_id,
    object_id,
    uri,
    record_number,
    reference_number,
    billing_currency,
    billed_cost,
    effective_cost,
    quantity,
    unit,
    corrected_reference,
    corrected_object_id,
    corrected_uri,
    corrected_record_number,
    corrected_day,
    corrected_billed_cost,
    corrected_effective_cost,
    corrected_quantity,
    corrected_currency,
    days_apart,
    status,
    total
FROM numbered
WHERE place BETWEEN :first_row AND :last_row
ORDER BY place
