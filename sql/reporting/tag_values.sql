-- The value of one tag in every tag set that has it.
SELECT
    tag_set_id,
    tag_value
FROM tag_set_value
WHERE tag_key = :tag_key
