-- SQL Language Reference, CREATE VECTOR INDEX.
CREATE VECTOR INDEX {vector_index} ON {vector_table} (embedding) -- noqa: PRS
ORGANIZATION INMEMORY NEIGHBOR GRAPH
DISTANCE COSINE
WITH TARGET ACCURACY {target_accuracy}
PARAMETERS (TYPE HNSW, NEIGHBORS {neighbors}, EFCONSTRUCTION {efconstruction})
PARALLEL {parallel}
