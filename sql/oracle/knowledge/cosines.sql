-- How near given chunks are to a question.
SELECT
    v.chunk_id,
    1 - VECTOR_DISTANCE(v.embedding, :question_vector, COSINE) AS cosine -- noqa: CP02,RF02
FROM JSON_TABLE(:chunk_ids, '$[*]' COLUMNS (chunk_id VARCHAR2(32) PATH '$')) w
INNER JOIN {vector_table} v ON w.chunk_id = v.chunk_id
