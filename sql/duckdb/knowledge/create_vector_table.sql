-- The vectors of one release.
CREATE TABLE IF NOT EXISTS {vector_table} (
    chunk_id VARCHAR NOT NULL CHECK (strlen(chunk_id) <= 32),
    document_version VARCHAR NOT NULL CHECK (strlen(document_version) <= 32),
    text_hash VARCHAR NOT NULL CHECK (strlen(text_hash) <= 32),
    embedding FLOAT[{dimensions}] NOT NULL,
    PRIMARY KEY (chunk_id)
)
