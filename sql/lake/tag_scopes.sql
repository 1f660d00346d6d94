-- The relation `tag_use` by key and currency, and by provider, by its accounts and by their
-- services: cost by the state of the line, resources by their own (relation `tag_resource`).
WITH placed AS (
    SELECT
        tag_use.tag_key,
        tag_use.billing_currency,
        tag_use.provider_name,
        coalesce(tag_use.sub_account_id, '') AS sub_account_id,
        tag_use.service_name,
        tag_use.state,
        tag_use.cost,
        tag_resource.state AS resource_state,
        tag_use.resource_id
    FROM tag_use
    LEFT JOIN tag_resource
        ON
            tag_use.tag_key = tag_resource.tag_key
            AND tag_use.billing_currency = tag_resource.billing_currency
            AND tag_use.provider_name = tag_resource.provider_name
            AND tag_use.resource_id = tag_resource.resource_id
)

SELECT
    tag_key,
    billing_currency,
    provider_name,
    sub_account_id,
    service_name,
    CASE
        WHEN grouping(service_name) = 0 THEN 'service'
        WHEN grouping(sub_account_id) = 0 THEN 'account'
        ELSE 'provider'
    END AS scope_kind,
    total(CASE WHEN state = 'tagged' THEN cost END) AS tagged_cost,
    total(CASE WHEN state = 'wrong' THEN cost END) AS wrong_cost,
    total(CASE WHEN state = 'untagged' THEN cost END) AS untagged_cost,
    total(CASE WHEN state = 'untaggable' THEN cost END) AS untaggable_cost,
    count(DISTINCT CASE WHEN resource_state = 'tagged' THEN resource_id END) AS tagged_resources,
    count(DISTINCT CASE WHEN resource_state = 'wrong' THEN resource_id END) AS wrong_resources,
    count(DISTINCT CASE WHEN resource_state = 'untagged' THEN resource_id END)
        AS untagged_resources,
    count(DISTINCT CASE WHEN resource_state = 'untaggable' THEN resource_id END)
        AS untaggable_resources
FROM placed
GROUP BY
    GROUPING SETS (
        (tag_key, billing_currency, provider_name),
        (tag_key, billing_currency, provider_name, sub_account_id),
        (tag_key, billing_currency, provider_name, sub_account_id, service_name)
    )
ORDER BY
    tag_key,
    billing_currency,
    provider_name,
    sub_account_id NULLS FIRST,
    service_name NULLS FIRST
