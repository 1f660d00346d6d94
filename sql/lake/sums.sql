-- A sum that DECIMAL(38,24) holds; DuckDB raises when it does not.
CREATE OR REPLACE TEMP MACRO total(amount) AS coalesce(sum(amount), 0);
