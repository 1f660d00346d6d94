-- Chunks of documents that are gone.
DELETE FROM chunk
WHERE NOT EXISTS (
    SELECT 1 FROM document
    WHERE document.document_version = chunk.document_version
)
