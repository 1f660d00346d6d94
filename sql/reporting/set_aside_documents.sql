-- Documents that cannot be searched as they are now; searched: whether the live release has an
-- earlier version of them.
SELECT
    a.source,
    a.uri,
    a.reason,
    a.detail,
    a.as_of,
    CASE
        WHEN
            EXISTS (
                SELECT 1
                FROM embedding_release r
                INNER JOIN release_document l ON r.release_id = l.release_id
                INNER JOIN document d ON l.document_version = d.document_version
                WHERE r.state = 'live' AND (d.uri = a.uri OR d.object_uri = a.uri)
            )
            THEN 1
        ELSE 0
    END AS searched
FROM document_set_aside a
ORDER BY a.source, a.uri, a.reason
