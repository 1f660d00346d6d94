-- Versions of objects with a document that no release lists any more. All of it is forgotten, so
-- that the object is read again, whole, should it come back.
DELETE FROM object_document
WHERE object_version IN (
    SELECT earlier.object_version
    FROM object_document earlier
    LEFT JOIN release_document ON earlier.document_version = release_document.document_version
    WHERE release_document.release_id IS NULL AND earlier.as_of < :saved_before
)
