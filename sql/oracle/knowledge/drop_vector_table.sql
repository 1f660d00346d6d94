-- A release that cannot be gone back to any more gives its space back, and its index's.
DROP TABLE IF EXISTS {vector_table} PURGE
