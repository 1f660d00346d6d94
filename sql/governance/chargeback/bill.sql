-- The charges of [:first_day, :end_day) that are alike, each cost by itself, without what only
-- splits (:split) what other providers bill.
SELECT
    billing_currency,
    provider_name,
    service_name,
    sub_account_id,
    charge_category,
    tag_set_id,
    SUM(billed_cost) AS billed_cost,
    SUM(effective_cost) AS effective_cost,
    SUM(contracted_cost) AS contracted_cost,
    SUM(list_cost) AS list_cost
FROM daily_cost
WHERE
    charge_day >= :first_day
    AND charge_day < :end_day
    AND provider_name <> :split
GROUP BY
    billing_currency,
    provider_name,
    service_name,
    sub_account_id,
    charge_category,
    tag_set_id
ORDER BY
    billing_currency,
    provider_name,
    service_name,
    sub_account_id,
    charge_category,
    tag_set_id
