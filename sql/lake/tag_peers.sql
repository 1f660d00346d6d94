-- What resources of the relation `tag_resource` have in common with others, by key: any of their
-- other tags (place 1), the tag that says who made them ($creator_keys, place 2), their sub account
-- (3), and service, region and the beginning of the name together (4).
WITH resource AS (
    SELECT DISTINCT
        tag_key,
        provider_name,
        resource_id,
        service_name,
        sub_account_id,
        region_id,
        regexp_extract(lower(resource_name), '^[^-_.:/ 0-9]+') AS prefix
    FROM tag_resource
    WHERE state <> 'untaggable'
),

entry AS (
    SELECT DISTINCT
        provider_name,
        resource_id,
        unnest(map_entries(own_tags)) AS own_tag
    FROM tag_line
    WHERE resource_id IS NOT NULL
),

tagged AS (
    SELECT
        provider_name,
        resource_id,
        (own_tag).key AS name,
        (own_tag).key || '=' || (own_tag).value AS label,
        CASE WHEN list_contains($creator_keys, (own_tag).key) THEN 2 ELSE 1 END AS place
    FROM entry
    WHERE (own_tag).value <> ''
),

peer AS (
    SELECT
        resource.tag_key,
        resource.provider_name,
        resource.resource_id,
        tagged.place,
        tagged.name AS rule_name,
        tagged.label
    FROM resource
    INNER JOIN tagged
        ON
            resource.provider_name = tagged.provider_name
            AND resource.resource_id = tagged.resource_id
    INNER JOIN tag_key ON resource.tag_key = tag_key.tag_key
    WHERE NOT list_contains(tag_key.names, tagged.name)
    UNION ALL
    SELECT
        tag_key,
        provider_name,
        resource_id,
        3 AS place,
        '' AS rule_name,
        sub_account_id AS label
    FROM resource
    WHERE sub_account_id IS NOT NULL
    UNION ALL
    SELECT
        tag_key,
        provider_name,
        resource_id,
        4 AS place,
        '' AS rule_name,
        concat_ws(', ', service_name, region_id, prefix || '*') AS label
    FROM resource
    WHERE prefix <> ''
)

-- Two clouds may have an account or a service of one name; a tag says the same in both.
SELECT DISTINCT
    tag_key,
    provider_name,
    resource_id,
    place,
    rule_name,
    label,
    CASE WHEN place > 2 THEN provider_name ELSE '' END AS cloud
FROM peer
