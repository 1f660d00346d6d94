-- The chunks that hold a question's words, by BM25 (Robertson and Zaragoza, The Probabilistic
-- Relevance Framework, 2009; k1 1.2, b 0.75; the form and the idf of Lucene). How many chunks hold
-- a word, and how long they are, is of the release, whatever is filtered by.
WITH release_chunk AS (
    SELECT
        c.chunk_id,
        c.document_version,
        c.terms
    FROM release_document r
    INNER JOIN chunk c ON r.document_version = c.document_version
    WHERE r.release_id = :release_id
),

posting AS (
    SELECT
        t.term,
        c.chunk_id,
        c.document_version,
        c.terms,
        t.occurrences
    FROM (
        VALUES
        (:term_1), (:term_2), (:term_3), (:term_4), (:term_5), (:term_6),
        (:term_7), (:term_8), (:term_9), (:term_10), (:term_11), (:term_12),
        (:term_13), (:term_14), (:term_15), (:term_16)
    ) q (term)
    INNER JOIN chunk_term t ON q.term = t.term
    INNER JOIN release_chunk c ON t.chunk_id = c.chunk_id
),

extent AS (
    SELECT
        CAST(COUNT(*) AS DECIMAL(18, 0)) AS chunks,
        AVG(c.terms) AS mean_terms
    FROM release_chunk c
),

held AS (
    SELECT
        p.term,
        CAST(COUNT(*) AS DECIMAL(18, 0)) AS chunks
    FROM posting p
    GROUP BY p.term
)

SELECT
    p.chunk_id,
    CAST(
        SUM(
            LN(1 + (e.chunks - h.chunks + 0.5) / (h.chunks + 0.5))
            * p.occurrences
            / (p.occurrences + 1.2 * (0.25 + 0.75 * p.terms / e.mean_terms))
        ) AS DECIMAL(18, 9)
    ) AS bm25
FROM posting p
INNER JOIN held h ON p.term = h.term
CROSS JOIN extent e
INNER JOIN document d ON p.document_version = d.document_version
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
GROUP BY p.chunk_id
ORDER BY bm25 DESC, p.chunk_id ASC
FETCH FIRST :candidates ROWS ONLY
