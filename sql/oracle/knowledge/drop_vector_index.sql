-- Whole or half-made.
DROP INDEX IF EXISTS {vector_index}
