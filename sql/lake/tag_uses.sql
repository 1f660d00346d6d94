-- The relation `tag_valued` with what the relation `verdict` says of each value. What has no value
-- cannot be tagged where there is no resource.
SELECT
    tag_valued.*,
    CASE
        WHEN tag_valued.is_exempt THEN 'untaggable'
        WHEN tag_valued.tag_value IS NOT NULL THEN verdict.state
        WHEN tag_valued.resource_id IS NULL THEN 'untaggable'
        ELSE 'untagged'
    END AS state,
    verdict.meant
FROM tag_valued
LEFT JOIN verdict
    ON
        tag_valued.tag_key = verdict.tag_key
        AND tag_valued.tag_value = verdict.tag_value
