DELETE FROM source_object
WHERE object_id = :object_id
