-- A page of the texts of a release that its table has no vector of, each once.
SELECT
    chunk.text_hash,
    chunk.title_path,
    chunk.body
FROM (
    SELECT
        lacking.text_hash,
        MIN(lacking.chunk_id) AS chunk_id
    FROM release_document
    INNER JOIN chunk lacking ON release_document.document_version = lacking.document_version
    LEFT JOIN {vector_table} standing ON lacking.chunk_id = standing.chunk_id
    WHERE
        release_document.release_id = :release_id
        AND standing.chunk_id IS NULL
        AND lacking.text_hash > :after
    GROUP BY lacking.text_hash
    ORDER BY lacking.text_hash
    FETCH FIRST :page ROWS ONLY
) missing
INNER JOIN chunk ON missing.chunk_id = chunk.chunk_id
ORDER BY chunk.text_hash
