-- The chunks nearest to a question, by the vector index and with the accuracy that it was made for.
-- It is used for its own metric, over its table alone, and ordered by the distance alone.
SELECT
    v.chunk_id,
    1 - VECTOR_DISTANCE(v.embedding, :question_vector, COSINE) AS cosine -- noqa: CP02,RF03
FROM {vector_table} v
ORDER BY VECTOR_DISTANCE(v.embedding, :question_vector, COSINE) -- noqa: CP02,RF03
FETCH APPROX FIRST :candidates ROWS ONLY -- noqa: PRS
