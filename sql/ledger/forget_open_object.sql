DELETE FROM open_object
WHERE object_id = :object_id
