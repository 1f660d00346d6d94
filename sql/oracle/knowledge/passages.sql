-- What given chunks say, and the documents they are of.
SELECT
    c.chunk_id,
    d.document_id,
    d.document_version,
    d.uri,
    d.source,
    d.title,
    d.department,
    d.category,
    d.region,
    d.document_date,
    d.modified_at,
    c.place,
    c.title_path,
    c.locator,
    c.body,
    c.text_hash
FROM JSON_TABLE(:chunk_ids, '$[*]' COLUMNS (chunk_id VARCHAR2(32) PATH '$')) w
INNER JOIN chunk c ON w.chunk_id = c.chunk_id
INNER JOIN document d ON c.document_version = d.document_version
ORDER BY c.chunk_id
