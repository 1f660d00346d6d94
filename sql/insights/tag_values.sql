-- The value of every tag of the keys that series are told by, by tag set.
SELECT
    tag_set_id,
    tag_key,
    tag_value
FROM tag_set_value
ORDER BY tag_set_id, tag_key
