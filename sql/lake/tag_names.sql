-- Every key that a tag of the relation `tag_line` has.
SELECT DISTINCT unnest(map_keys(own_tags)) AS name FROM tag_line
