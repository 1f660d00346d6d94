DELETE FROM source_column
WHERE source = :source AND format = :format AND column_name = :column_name
