-- The objects, those that wait or failed and those whose lines stand, newest delivery first;
-- rows :first_row to :last_row, filtered by whichever of :source_name, :object_state and
-- :uri_part is given.
WITH billed AS (
    SELECT
        object_id,
        CAST(COUNT(*) AS DECIMAL(18, 0)) AS currencies,
        MIN(billing_currency) AS billing_currency,
        SUM(lake_amount) AS billed_cost
    FROM source_object_total
    WHERE measure = 'BilledCost'
    GROUP BY object_id
),

numbered AS (
    SELECT
        ledger_object.object_id,
        ledger_object.source,
        ledger_object.uri,
        ledger_object.bytes,
        ledger_object.delivered_at,
        ledger_object.state,
        ledger_object.format,
        ledger_object.lines_kept,
        ledger_object.lines_set_aside,
        ledger_object.error,
        billed.currencies,
        billed.billing_currency,
        billed.billed_cost,
        CAST(
            ROW_NUMBER() OVER (
                ORDER BY
                    ledger_object.delivered_at DESC,
                    ledger_object.uri ASC,
                    ledger_object.state ASC
            ) AS DECIMAL(18, 0)
        ) AS place,
        CAST(COUNT(*) OVER () AS DECIMAL(18, 0)) AS total
    FROM ledger_object
    LEFT JOIN billed
        ON
            ledger_object.object_id = billed.object_id
            AND ledger_object.state = 'taken_in'
    WHERE
        (:source_name IS NULL OR ledger_object.source = :source_name)
        AND (:object_state IS NULL OR ledger_object.state = :object_state)
        AND (
            :uri_part IS NULL
            OR INSTR(LOWER(ledger_object.uri), LOWER(:uri_part)) > 0
        )
)

SELECT
    object_id,
    source,
    uri,
    bytes,
    delivered_at,
    state,
    format,
    lines_kept,
    lines_set_aside,
    error,
    currencies,
    billing_currency,
    billed_cost,
    total
FROM numbered
WHERE place BETWEEN :first_row AND :last_row
ORDER BY place
