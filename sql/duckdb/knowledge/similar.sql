-- The chunks nearest to a question, all of them compared: vectors have unit length, so that the
-- inner product is the cosine.
SELECT
    v.chunk_id,
    CAST(
        ARRAY_INNER_PRODUCT(v.embedding, CAST(:question_vector AS FLOAT[{dimensions}])) AS DOUBLE
    ) AS cosine
FROM {vector_table} v
ORDER BY cosine DESC, v.chunk_id ASC
FETCH FIRST :candidates ROWS ONLY
