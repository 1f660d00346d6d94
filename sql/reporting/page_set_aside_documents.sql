-- Documents that cannot be searched as they are now, the newest first; searched: whether the live
-- release has an earlier version of them; rows :first_row to :last_row.
WITH numbered AS (
    SELECT
        source,
        uri,
        reason,
        detail,
        as_of,
        CAST(
            ROW_NUMBER() OVER (ORDER BY as_of DESC, uri ASC, set_aside_id ASC) AS DECIMAL(18, 0)
        ) AS place,
        CAST(COUNT(*) OVER () AS DECIMAL(18, 0)) AS total
    FROM document_set_aside
)

SELECT
    n.source,
    n.uri,
    n.reason,
    n.detail,
    n.as_of,
    CASE
        WHEN
            EXISTS (
                SELECT 1
                FROM embedding_release r
                INNER JOIN release_document l ON r.release_id = l.release_id
                INNER JOIN document d ON l.document_version = d.document_version
                WHERE r.state = 'live' AND (d.uri = n.uri OR d.object_uri = n.uri)
            )
            THEN 1
        ELSE 0
    END AS searched,
    n.total
FROM numbered n
WHERE n.place BETWEEN :first_row AND :last_row
ORDER BY n.place
