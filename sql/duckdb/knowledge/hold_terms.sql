-- Words in the order that a search reads them in: those of a question lie together then.
CREATE TEMPORARY TABLE held_terms AS
SELECT
    term,
    chunk_id,
    occurrences
FROM chunk_term
ORDER BY term, chunk_id
