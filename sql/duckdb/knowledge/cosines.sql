-- How near given chunks are to a question.
SELECT
    v.chunk_id,
    CAST(
        ARRAY_INNER_PRODUCT(v.embedding, CAST(:question_vector AS FLOAT[{dimensions}])) AS DOUBLE
    ) AS cosine
FROM (SELECT UNNEST(FROM_JSON(:chunk_ids, '["VARCHAR"]')) AS chunk_id) w
INNER JOIN {vector_table} v ON w.chunk_id = v.chunk_id
