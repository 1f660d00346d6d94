-- Documents that no release lists and no object is known to hold.
DELETE FROM document
WHERE
    NOT EXISTS (
        SELECT 1 FROM object_document
        WHERE object_document.document_version = document.document_version
    )
    AND NOT EXISTS (
        SELECT 1 FROM release_document
        WHERE release_document.document_version = document.document_version
    )
