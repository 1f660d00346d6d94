-- The columns that objects of a source had, and since when.
SELECT
    source,
    format,
    column_name,
    delivered_at
FROM source_column
WHERE source = :source
