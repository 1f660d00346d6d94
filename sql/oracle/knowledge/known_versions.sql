-- Which of the versions in a JSON array there are.
SELECT document_version FROM document
WHERE document_version IN (
    SELECT asked.version_asked
    FROM
        JSON_TABLE( -- noqa: LT01
            :versions, '$[*]' COLUMNS (version_asked VARCHAR2(32 BYTE) PATH '$') -- noqa: all
        ) asked
)
