-- The chunks nearest to a question by the vector index, among the documents that fit: a predicate
-- on the indexed table alone, which the optimizer can check before or while it walks the index.
SELECT
    v.chunk_id,
    1 - VECTOR_DISTANCE(v.embedding, :question_vector, COSINE) AS cosine -- noqa: CP02,RF03
FROM {vector_table} v
WHERE
    v.document_version IN (
        SELECT d.document_version
        FROM document d
        WHERE
            (:department IS NULL OR d.department = :department)
            AND (:category IS NULL OR d.category = :category)
            AND (:region IS NULL OR d.region = :region)
            AND (:source IS NULL OR d.source = :source)
            AND (:since IS NULL OR d.document_date >= :since)
            AND (:until IS NULL OR d.document_date <= :until)
            AND (:uri_prefix IS NULL OR SUBSTR(d.uri, 1, LENGTH(:uri_prefix)) = :uri_prefix)
            AND (
                :tag IS NULL
                OR EXISTS (
                    SELECT 1 FROM document_tag g
                    WHERE g.document_version = d.document_version AND g.tag = :tag
                )
            )
    )
ORDER BY VECTOR_DISTANCE(v.embedding, :question_vector, COSINE) -- noqa: CP02,RF03
FETCH APPROX FIRST :candidates ROWS ONLY -- noqa: PRS
