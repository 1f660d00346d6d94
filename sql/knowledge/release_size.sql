-- The documents and chunks that a release lists and that are there.
SELECT
    CAST(COUNT(document.document_version) AS DECIMAL(18, 0)) AS documents,
    CAST(COALESCE(SUM(document.chunks), 0) AS DECIMAL(18, 0)) AS chunks
FROM release_document
INNER JOIN document ON release_document.document_version = document.document_version
WHERE release_document.release_id = :release_id
