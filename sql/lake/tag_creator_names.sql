-- Every name of the relation `tag_creator`.
SELECT DISTINCT creator_name
FROM tag_creator
WHERE creator_name <> ''
ORDER BY creator_name
