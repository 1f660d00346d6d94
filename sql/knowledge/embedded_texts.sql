-- The texts that a release's table has vectors of.
SELECT DISTINCT text_hash FROM {vector_table}
