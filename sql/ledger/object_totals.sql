-- The ledger's totals of the objects whose lines stand; with :pending_only = 1, of those all of
-- whose days are pending.
SELECT
    source_object_total.object_id,
    source_object_total.billing_currency,
    source_object_total.measure,
    source_object_total.source_amount,
    source_object_total.lake_amount,
    source_object_total.set_aside_amount
FROM source_object_total
WHERE
    :pending_only = 0
    OR NOT EXISTS (
        SELECT 1
        FROM source_object_day
        WHERE
            source_object_day.object_id = source_object_total.object_id
            AND NOT EXISTS (
                SELECT 1
                FROM pending_day
                WHERE
                    pending_day.provider = source_object_day.provider
                    AND pending_day.charge_day = source_object_day.charge_day
            )
    )
