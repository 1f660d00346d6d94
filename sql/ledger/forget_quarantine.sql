DELETE FROM quarantine
WHERE object_id = :object_id
