-- Who made each resource of the relation `tag_line`, by the tags $creator_keys: the name alone of
-- default/ann@example.com, IAMUser:AIDA0:ann or arn:aws:iam::1:user/ann.
WITH entry AS (
    SELECT DISTINCT
        provider_name,
        resource_id,
        unnest(map_entries(own_tags)) AS own_tag
    FROM tag_line
    WHERE resource_id IS NOT NULL
)

SELECT DISTINCT
    provider_name,
    resource_id,
    regexp_extract((own_tag).value, '([^/:@]+)(@[^/:@]*)?$', 1) AS creator_name
FROM entry
WHERE list_contains($creator_keys, (own_tag).key)
