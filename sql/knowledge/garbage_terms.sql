-- Words of chunks that are gone.
DELETE FROM chunk_term
WHERE NOT EXISTS (
    SELECT 1 FROM chunk
    WHERE chunk.chunk_id = chunk_term.chunk_id
)
