-- Whether the index stands.
SELECT status FROM user_indexes
WHERE index_name = UPPER(:index_name)
