-- The vectors of one release; a release has its own table, so that its index is built once, over
-- all of them, and never while rows come and go.
CREATE TABLE IF NOT EXISTS {vector_table} (
    chunk_id VARCHAR2(32 BYTE) NOT NULL,
    document_version VARCHAR2(32 BYTE) NOT NULL,
    text_hash VARCHAR2(32 BYTE) NOT NULL,
    embedding VECTOR({dimensions}, FLOAT32) NOT NULL,
    CONSTRAINT {vector_table}_pk PRIMARY KEY (chunk_id)
)
