-- The documents that versions of objects hold, and where each was found last.
SELECT
    object_document.object_uri,
    object_document.etag,
    object_document.uri,
    object_document.document_version,
    document.document_id,
    document.uri AS known_uri,
    document.etag AS known_etag
FROM object_document
INNER JOIN document ON object_document.document_version = document.document_version
WHERE object_document.prep_key = :prep_key
