-- The chunks nearest to a question, among the documents that fit.
SELECT
    v.chunk_id,
    CAST(
        ARRAY_INNER_PRODUCT(v.embedding, CAST(:question_vector AS FLOAT[{dimensions}])) AS DOUBLE
    ) AS cosine
FROM {vector_table} v
INNER JOIN document d ON v.document_version = d.document_version
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
ORDER BY cosine DESC, v.chunk_id ASC
FETCH FIRST :candidates ROWS ONLY
