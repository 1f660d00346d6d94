-- What people said of passages, the earliest word first, by the document that the passage is of.
SELECT
    f.question,
    f.told_by,
    f.helpful,
    d.document_id
FROM search_feedback f
INNER JOIN chunk c ON f.chunk_id = c.chunk_id
INNER JOIN document d ON c.document_version = d.document_version
ORDER BY f.told_at, f.feedback_id
