-- What a version of an object was said to hold.
DELETE FROM object_document
WHERE object_version = :object_version
