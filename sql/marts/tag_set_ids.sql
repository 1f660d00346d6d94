SELECT DISTINCT tag_set_id
FROM tag_set_value
