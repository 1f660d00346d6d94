-- Tags of documents that are gone.
DELETE FROM document_tag
WHERE NOT EXISTS (
    SELECT 1 FROM document
    WHERE document.document_version = document_tag.document_version
)
