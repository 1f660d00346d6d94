-- The texts of a release's documents, each once, with one of the chunks that say it.
SELECT
    chunk.text_hash,
    MIN(chunk.chunk_id) AS chunk_id,
    MAX(chunk.tokens) AS tokens
FROM release_document
INNER JOIN chunk ON release_document.document_version = chunk.document_version
WHERE release_document.release_id = :release_id
GROUP BY chunk.text_hash
ORDER BY chunk.text_hash
