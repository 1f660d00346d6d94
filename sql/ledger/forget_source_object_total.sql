DELETE FROM source_object_total
WHERE object_id = :object_id
