-- Vectors of no chunk of the release.
DELETE FROM {vector_table}
WHERE chunk_id NOT IN (
    SELECT chunk.chunk_id
    FROM release_document
    INNER JOIN chunk ON release_document.document_version = chunk.document_version
    WHERE release_document.release_id = :release_id
)
