-- What a release lists.
DELETE FROM release_document
WHERE release_id = :release_id
