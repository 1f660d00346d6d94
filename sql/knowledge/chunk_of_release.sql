-- A chunk, if the release has it.
SELECT c.chunk_id
FROM chunk c
INNER JOIN release_document r ON c.document_version = r.document_version
WHERE c.chunk_id = :chunk_id AND r.release_id = :release_id
