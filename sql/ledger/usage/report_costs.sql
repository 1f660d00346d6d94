-- What the reports say of one account (all of a provider's when :account_id is NULL), by the
-- parts that a usage API may leave out. An OCI FOCUS report names the tenancy as the sub account.
SELECT
    charge_day,
    service_name,
    billing_currency,
    charge_category,
    charge_class,
    SUM(billed_cost) AS billed_cost,
    SUM(effective_cost) AS effective_cost
FROM daily_cost
WHERE
    provider = :provider_name
    AND charge_day >= :first_day
    AND charge_day < :end_day
    AND (
        :account_id IS NULL
        OR billing_account_id = :account_id
        OR sub_account_id = :account_id
    )
GROUP BY
    charge_day,
    service_name,
    billing_currency,
    charge_category,
    charge_class
