-- The relation `tag_use` by day, provider, key and currency: cost and resources by state. A
-- resource is of the state of its last line of the day, of two at once that of the worse one.
WITH resource_day AS (
    SELECT
        day,
        provider_name,
        tag_key,
        billing_currency,
        resource_id,
        (max(struct_pack(seen_at := seen_at, state := state))).state AS state
    FROM tag_use
    WHERE resource_id IS NOT NULL
    GROUP BY ALL
),

counted AS (
    SELECT
        day,
        provider_name,
        tag_key,
        billing_currency,
        count(CASE WHEN state = 'tagged' THEN 1 END) AS tagged_resources,
        count(CASE WHEN state = 'wrong' THEN 1 END) AS wrong_resources,
        count(CASE WHEN state = 'untagged' THEN 1 END) AS untagged_resources,
        count(CASE WHEN state = 'untaggable' THEN 1 END) AS untaggable_resources
    FROM resource_day
    GROUP BY ALL
)

SELECT
    tag_use.day AS charge_day,
    tag_use.provider_name,
    tag_use.tag_key,
    tag_use.billing_currency,
    total(CASE WHEN tag_use.state = 'tagged' THEN tag_use.cost END) AS tagged_cost,
    total(CASE WHEN tag_use.state = 'wrong' THEN tag_use.cost END) AS wrong_cost,
    total(CASE WHEN tag_use.state = 'untagged' THEN tag_use.cost END) AS untagged_cost,
    total(CASE WHEN tag_use.state = 'untaggable' THEN tag_use.cost END) AS untaggable_cost,
    coalesce(any_value(counted.tagged_resources), 0) AS tagged_resources,
    coalesce(any_value(counted.wrong_resources), 0) AS wrong_resources,
    coalesce(any_value(counted.untagged_resources), 0) AS untagged_resources,
    coalesce(any_value(counted.untaggable_resources), 0) AS untaggable_resources
FROM tag_use
LEFT JOIN counted
    ON
        tag_use.day = counted.day
        AND tag_use.provider_name = counted.provider_name
        AND tag_use.tag_key = counted.tag_key
        AND tag_use.billing_currency = counted.billing_currency
GROUP BY
    tag_use.day,
    tag_use.provider_name,
    tag_use.tag_key,
    tag_use.billing_currency
ORDER BY
    tag_use.day,
    tag_use.provider_name,
    tag_use.tag_key,
    tag_use.billing_currency
