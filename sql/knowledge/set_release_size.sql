-- How many vectors its table must hold.
UPDATE embedding_release
SET documents = :documents, chunks = :chunks
WHERE release_id = :release_id
