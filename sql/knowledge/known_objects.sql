-- Versions of objects that need not be read again. One whose documents another has as well is known
-- as long as they are kept: it takes the other's place when that one goes.
SELECT
    object_uri,
    etag
FROM object_document
WHERE prep_key = :prep_key
UNION
SELECT
    object_uri,
    etag
FROM document_set_aside
WHERE prep_key = :prep_key AND reason <> 'duplicate_id'
