-- The resources of the relation `tag_use` by key and currency, each as its last line says, of two
-- at once as the worse one does, with its whole cost.
WITH resource AS (
    SELECT
        provider_name,
        resource_id,
        tag_key,
        billing_currency,
        max(
            struct_pack(seen_at := seen_at, state := state, tag_value := tag_value, meant := meant)
        ) AS said,
        max(
            struct_pack(
                seen_at := seen_at,
                service_name := service_name,
                sub_account_id := sub_account_id,
                region_id := region_id,
                resource_name := resource_name,
                resource_type := resource_type
            )
        ) AS place,
        max(day) AS last_day,
        sum(cost) AS cost
    FROM tag_use
    WHERE resource_id IS NOT NULL
    GROUP BY ALL
)

SELECT
    provider_name,
    resource_id,
    tag_key,
    billing_currency,
    (said).state AS state,
    (said).tag_value AS tag_value,
    (said).meant AS meant,
    (place).service_name AS service_name,
    (place).sub_account_id AS sub_account_id,
    (place).region_id AS region_id,
    (place).resource_name AS resource_name,
    (place).resource_type AS resource_type,
    last_day,
    cost
FROM resource
