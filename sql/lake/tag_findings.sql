-- The $most dearest resources of the relation `tag_resource` that lack a value of a key, or have
-- one that is not allowed: the allowed value that is near to what is written (relation `verdict`),
-- and the one that others have (relation `tag_likely`).
SELECT
    md5(to_json([
        tag_resource.tag_key,
        tag_resource.provider_name,
        tag_resource.resource_id,
        tag_resource.billing_currency
    ])) AS finding_id,
    tag_resource.tag_key,
    fitted(tag_resource.provider_name, 256) AS provider_name,
    fitted(tag_resource.sub_account_id, 512) AS sub_account_id,
    fitted(tag_resource.service_name, 512) AS service_name,
    fitted(tag_resource.region_id, 256) AS region_id,
    fitted(tag_resource.resource_id, 2048) AS resource_id,
    fitted(tag_resource.resource_name, 1024) AS resource_name,
    fitted(tag_resource.resource_type, 256) AS resource_type,
    tag_resource.billing_currency,
    tag_resource.state,
    fitted(tag_resource.tag_value, 2048) AS tag_value,
    fitted(verdict.meant, 2048) AS spelt,
    verdict.likeness,
    fitted(tag_likely.meant, 2048) AS likely,
    tag_likely.place,
    tag_likely.label,
    tag_likely.agreeing,
    tag_likely.known,
    tag_resource.last_day,
    tag_resource.cost
FROM tag_resource
LEFT JOIN verdict
    ON
        tag_resource.tag_key = verdict.tag_key
        AND tag_resource.tag_value = verdict.tag_value
LEFT JOIN tag_likely
    ON
        tag_resource.tag_key = tag_likely.tag_key
        AND tag_resource.provider_name = tag_likely.provider_name
        AND tag_resource.resource_id = tag_likely.resource_id
WHERE tag_resource.state IN ('untagged', 'wrong')
ORDER BY tag_resource.cost DESC, finding_id ASC
LIMIT $most
