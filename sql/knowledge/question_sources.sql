-- The beginnings of some documents, always the same ones while they stay: a document_id is a hash.
WITH documents AS (
    SELECT
        d.document_version,
        d.document_id,
        d.title,
        CAST(COUNT(*) OVER (PARTITION BY d.title) AS DECIMAL(18, 0)) AS namesakes
    FROM release_document r
    INNER JOIN document d ON r.document_version = d.document_version
    WHERE r.release_id = :release_id
),

sampled AS (
    SELECT * FROM documents
    ORDER BY document_id
    FETCH FIRST :documents ROWS ONLY
)

SELECT
    s.document_id,
    s.title,
    s.namesakes,
    c.title_path,
    c.body
FROM sampled s
INNER JOIN chunk c ON s.document_version = c.document_version
WHERE c.place <= :places
ORDER BY s.document_id, c.place
