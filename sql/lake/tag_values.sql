-- The relation `tag_line` once for each key of the relation `tag_key`, with the first value that is
-- not empty of the names that the key goes by.
WITH wanted AS (
    SELECT
        tag_line.*,
        tag_key.tag_key,
        tag_key.names
    FROM tag_line
    CROSS JOIN tag_key
)

SELECT
    * EXCLUDE (own_tags, names, payer_id),
    list_filter(
        list_transform(names, LAMBDA spelt: nullif(trim(own_tags[spelt]), '')),
        LAMBDA written: written IS NOT NULL
    )[1] AS tag_value
FROM wanted
