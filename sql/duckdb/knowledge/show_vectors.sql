-- What other readers find as knowledge_vector.
CREATE OR REPLACE VIEW knowledge_vector AS
SELECT * FROM {vector_table}
