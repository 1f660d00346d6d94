-- Coverage over 30 days by provider, account or service (:scope_kind).
SELECT
    scope_kind,
    provider_name,
    sub_account_id,
    service_name,
    tag_key,
    billing_currency,
    first_day,
    last_day,
    tagged_cost,
    wrong_cost,
    untagged_cost,
    untaggable_cost,
    tagged_resources,
    wrong_resources,
    untagged_resources,
    untaggable_resources,
    as_of
FROM tag_scope_coverage
WHERE scope_kind = :scope_kind
ORDER BY tag_key, billing_currency, provider_name, sub_account_id, service_name
