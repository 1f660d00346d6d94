-- The versions of the months [:first_month, :end_month), the latest of each last.
SELECT
    charge_month,
    billing_currency,
    version,
    state,
    reason,
    cost_column,
    total_cost,
    bill_id,
    rules_id,
    ledger_version,
    as_of,
    closed_at,
    run_id
FROM chargeback_period
WHERE charge_month >= :first_month AND charge_month < :end_month
ORDER BY charge_month, billing_currency, version
