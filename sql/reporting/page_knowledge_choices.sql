-- What the documents of a release can be narrowed down to.
WITH listed AS (
    SELECT
        d.department,
        d.category,
        d.region
    FROM release_document l
    INNER JOIN document d ON l.document_version = d.document_version
    WHERE l.release_id = :release_id
)

SELECT
    'department' AS field_name,
    department AS field_value
FROM listed
WHERE department IS NOT NULL
UNION
SELECT
    'category' AS field_name,
    category AS field_value
FROM listed
WHERE category IS NOT NULL
UNION
SELECT
    'region' AS field_name,
    region AS field_value
FROM listed
WHERE region IS NOT NULL
ORDER BY field_name, field_value
