-- A page of the chunks of a release that its table lacks.
SELECT
    chunk.chunk_id,
    chunk.document_version,
    chunk.text_hash
FROM release_document
INNER JOIN chunk ON release_document.document_version = chunk.document_version
LEFT JOIN {vector_table} standing ON chunk.chunk_id = standing.chunk_id
WHERE
    release_document.release_id = :release_id
    AND standing.chunk_id IS NULL
    AND chunk.chunk_id > :after
ORDER BY chunk.chunk_id
FETCH FIRST :page ROWS ONLY
