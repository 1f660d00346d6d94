-- Every value of the relation `tag_valued`, by key.
SELECT DISTINCT
    tag_key,
    tag_value
FROM tag_valued
WHERE tag_value IS NOT NULL
ORDER BY tag_key, tag_value
