-- What other readers find as knowledge_vector.
CREATE OR REPLACE SYNONYM knowledge_vector FOR {vector_table}
