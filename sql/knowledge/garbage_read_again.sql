-- Versions of objects of which a document was set aside long ago: they are read again, whole.
DELETE FROM object_document
WHERE EXISTS (
    SELECT 1 FROM document_set_aside
    WHERE
        document_set_aside.object_uri = object_document.object_uri
        AND document_set_aside.etag = object_document.etag
        AND document_set_aside.prep_key = object_document.prep_key
        AND document_set_aside.as_of < :saved_before
)
