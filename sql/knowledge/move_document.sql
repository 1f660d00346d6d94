-- The same document lies elsewhere now.
UPDATE document
SET object_uri = :object_uri, uri = :uri, source = :source_name, etag = :etag
WHERE document_version = :document_version
