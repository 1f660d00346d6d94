-- Chunks of a release that its table lacks.
SELECT CAST(COUNT(*) AS DECIMAL(18, 0)) AS holes
FROM release_document
INNER JOIN chunk ON release_document.document_version = chunk.document_version
LEFT JOIN {vector_table} standing ON chunk.chunk_id = standing.chunk_id
WHERE release_document.release_id = :release_id AND standing.chunk_id IS NULL
