-- The documents of a release, and where they lie.
SELECT
    document.document_version,
    document.document_id,
    document.object_uri,
    document.uri,
    document.source,
    document.etag,
    document.prep_key
FROM release_document
INNER JOIN document ON release_document.document_version = document.document_version
WHERE release_document.release_id = :release_id
