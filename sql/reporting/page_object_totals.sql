-- The control totals of one object: source = ledger + set aside.
SELECT
    billing_currency,
    measure,
    source_amount,
    lake_amount,
    set_aside_amount,
    rounding
FROM source_object_total
WHERE object_id = :object_id
ORDER BY
    billing_currency,
    measure
