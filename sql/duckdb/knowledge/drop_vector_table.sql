-- A release that cannot be gone back to any more gives its space back.
DROP TABLE IF EXISTS {vector_table}
