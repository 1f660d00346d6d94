-- Vectors of no chunk of the release.
SELECT CAST(COUNT(*) AS DECIMAL(18, 0)) AS ghosts
FROM {vector_table} standing
WHERE NOT EXISTS (
    SELECT 1
    FROM release_document
    INNER JOIN chunk ON release_document.document_version = chunk.document_version
    WHERE release_document.release_id = :release_id AND chunk.chunk_id = standing.chunk_id
)
