-- The releases' tables that are there.
SELECT LOWER(table_name) AS table_name FROM user_tables
WHERE table_name LIKE 'KNOWLEDGE\_VECTOR\_%' ESCAPE '\'
