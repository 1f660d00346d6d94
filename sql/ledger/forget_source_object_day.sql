DELETE FROM source_object_day
WHERE object_id = :object_id
