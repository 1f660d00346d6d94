-- What an earlier release has of the same texts need not be embedded again. Of equal texts any one
-- will do.
INSERT INTO {vector_table} (chunk_id, document_version, text_hash, embedding)
WITH known AS (
    SELECT
        text_hash,
        MIN(chunk_id) AS chunk_id
    FROM {earlier_table}
    GROUP BY text_hash
)

SELECT
    chunk.chunk_id,
    chunk.document_version,
    chunk.text_hash,
    earlier.embedding
FROM release_document
INNER JOIN chunk ON release_document.document_version = chunk.document_version
INNER JOIN known ON chunk.text_hash = known.text_hash
INNER JOIN {earlier_table} earlier ON known.chunk_id = earlier.chunk_id
LEFT JOIN {vector_table} standing ON chunk.chunk_id = standing.chunk_id
WHERE release_document.release_id = :release_id AND standing.chunk_id IS NULL
