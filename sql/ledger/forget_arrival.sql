DELETE FROM arrival
WHERE object_id = :object_id AND generation = :generation
