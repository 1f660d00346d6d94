-- Documents that cannot be searched.
SELECT
    set_aside_id,
    object_uri,
    uri,
    etag,
    prep_key,
    reason
FROM document_set_aside
