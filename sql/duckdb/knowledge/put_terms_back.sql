-- Rows are kept in the order that they come in.
INSERT INTO chunk_term (term, chunk_id, occurrences)
SELECT
    term,
    chunk_id,
    occurrences
FROM held_terms
ORDER BY term, chunk_id
