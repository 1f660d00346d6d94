-- The chunks nearest to a question, all of them compared.
SELECT
    v.chunk_id,
    1 - VECTOR_DISTANCE(v.embedding, :question_vector, COSINE) AS cosine -- noqa: CP02,RF03
FROM {vector_table} v
ORDER BY VECTOR_DISTANCE(v.embedding, :question_vector, COSINE) -- noqa: CP02,RF03
FETCH EXACT FIRST :candidates ROWS ONLY -- noqa: PRS
