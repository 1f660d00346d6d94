-- Coverage by day, the newest day last.
SELECT
    charge_day,
    provider_name,
    tag_key,
    billing_currency,
    tagged_cost,
    wrong_cost,
    untagged_cost,
    untaggable_cost,
    tagged_resources,
    wrong_resources,
    untagged_resources,
    untaggable_resources
FROM tag_coverage
ORDER BY tag_key, billing_currency, provider_name, charge_day
