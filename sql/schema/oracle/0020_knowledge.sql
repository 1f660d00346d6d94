-- Documents cut into chunks, and the releases that make a set of them searchable. A row of document
-- or chunk never changes; a release is a list of documents and a table of vectors of its own, named
-- knowledge_vector_<release_id>. knowledge_vector stands for the live one's.

CREATE TABLE IF NOT EXISTS document (
    document_version VARCHAR2(32 BYTE) NOT NULL,
    document_id VARCHAR2(32 BYTE) NOT NULL,
    object_uri VARCHAR2(2000 BYTE) NOT NULL,
    uri VARCHAR2(2000 BYTE) NOT NULL,
    source VARCHAR2(128 BYTE) NOT NULL,
    etag VARCHAR2(256 BYTE) NOT NULL,
    prep_key VARCHAR2(32 BYTE) NOT NULL,
    media_type VARCHAR2(128 BYTE) NOT NULL,
    object_bytes NUMBER(18) NOT NULL CHECK (object_bytes >= 0),
    modified_at TIMESTAMP(6) NOT NULL,
    title VARCHAR2(512 BYTE) NOT NULL,
    department VARCHAR2(128 BYTE),
    category VARCHAR2(128 BYTE),
    region VARCHAR2(128 BYTE),
    document_date DATE,
    chunks NUMBER(18) NOT NULL CHECK (chunks >= 1),
    CONSTRAINT document_pk PRIMARY KEY (document_version)
);
COMMENT ON TABLE document IS 'Versions of documents, kept while a release lists them';
COMMENT ON COLUMN document.document_version IS '32 hex digits over id, text, metadata, prep_key';
COMMENT ON COLUMN document.document_id IS '32 hex digits over its declared id, or its address';
COMMENT ON COLUMN document.object_uri IS 'The object that holds it';
COMMENT ON COLUMN document.uri IS 'object_uri, with #part where an object holds many';
COMMENT ON COLUMN document.prep_key IS '32 hex digits over normaliser, chunker and their limits';
COMMENT ON COLUMN document.modified_at IS 'When its object was written, UTC';
COMMENT ON COLUMN document.document_date IS 'Since when what it says holds, if it says so';

CREATE TABLE IF NOT EXISTS object_document (
    object_version VARCHAR2(32 BYTE) NOT NULL,
    place NUMBER(18) NOT NULL CHECK (place >= 1),
    document_version VARCHAR2(32 BYTE) NOT NULL,
    object_uri VARCHAR2(2000 BYTE) NOT NULL,
    etag VARCHAR2(256 BYTE) NOT NULL,
    prep_key VARCHAR2(32 BYTE) NOT NULL,
    uri VARCHAR2(2000 BYTE) NOT NULL,
    as_of TIMESTAMP(6) NOT NULL,
    CONSTRAINT object_document_pk PRIMARY KEY (object_version, place)
);
COMMENT ON TABLE object_document IS 'Which documents a version of an object holds';
COMMENT ON COLUMN object_document.object_version IS '32 hex digits over uri, etag and prep_key';
COMMENT ON COLUMN object_document.as_of IS 'When it was read, UTC';

CREATE TABLE IF NOT EXISTS document_tag (
    document_version VARCHAR2(32 BYTE) NOT NULL,
    tag VARCHAR2(128 BYTE) NOT NULL,
    CONSTRAINT document_tag_pk PRIMARY KEY (document_version, tag)
);
COMMENT ON TABLE document_tag IS 'Tags of documents, to filter by';

CREATE TABLE IF NOT EXISTS chunk (
    chunk_id VARCHAR2(32 BYTE) NOT NULL,
    document_version VARCHAR2(32 BYTE) NOT NULL,
    place NUMBER(18) NOT NULL CHECK (place >= 1),
    title_path VARCHAR2(2000 BYTE),
    locator VARCHAR2(128 BYTE),
    body CLOB NOT NULL,
    tokens NUMBER(18) NOT NULL CHECK (tokens >= 1),
    terms NUMBER(18) NOT NULL CHECK (terms >= 0),
    text_hash VARCHAR2(32 BYTE) NOT NULL,
    CONSTRAINT chunk_pk PRIMARY KEY (chunk_id)
);
COMMENT ON TABLE chunk IS 'Pieces of documents, each embedded and found as one';
COMMENT ON COLUMN chunk.chunk_id IS '32 hex digits over document_version and place';
COMMENT ON COLUMN chunk.terms IS 'How many words of it are in chunk_term, repeated ones counted';
COMMENT ON COLUMN chunk.text_hash IS '32 hex digits over what is embedded: title_path and body';

CREATE TABLE IF NOT EXISTS chunk_term (
    term VARCHAR2(128 BYTE) NOT NULL,
    chunk_id VARCHAR2(32 BYTE) NOT NULL,
    occurrences NUMBER(18) NOT NULL CHECK (occurrences >= 1)
);
CREATE INDEX IF NOT EXISTS chunk_term_ix ON chunk_term (term, chunk_id);
COMMENT ON TABLE chunk_term IS 'Words of chunks, for search by words (BM25)';

CREATE TABLE IF NOT EXISTS document_set_aside (
    set_aside_id VARCHAR2(32 BYTE) NOT NULL,
    document_id VARCHAR2(32 BYTE) NOT NULL,
    object_uri VARCHAR2(2000 BYTE) NOT NULL,
    uri VARCHAR2(2000 BYTE) NOT NULL,
    source VARCHAR2(128 BYTE) NOT NULL,
    etag VARCHAR2(256 BYTE) NOT NULL,
    prep_key VARCHAR2(32 BYTE) NOT NULL,
    reason VARCHAR2(64 BYTE) NOT NULL,
    detail VARCHAR2(2000 BYTE) NOT NULL,
    as_of TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(250 BYTE) NOT NULL,
    CONSTRAINT document_set_aside_pk PRIMARY KEY (set_aside_id)
);
COMMENT ON TABLE document_set_aside IS 'Documents that cannot be searched, and why';
COMMENT ON COLUMN document_set_aside.set_aside_id IS '32 hex digits over uri, etag and prep_key';

CREATE TABLE IF NOT EXISTS embedding_release (
    release_id VARCHAR2(32 BYTE) NOT NULL,
    release_number NUMBER(18) NOT NULL CHECK (release_number >= 1),
    state VARCHAR2(16 BYTE) NOT NULL CHECK (
        state IN ('building', 'refused', 'live', 'retired', 'dropped')
    ),
    embedding_key VARCHAR2(32 BYTE) NOT NULL,
    prep_key VARCHAR2(32 BYTE) NOT NULL,
    model VARCHAR2(512 BYTE) NOT NULL,
    model_precision VARCHAR2(16 BYTE) NOT NULL,
    dimensions NUMBER(18) NOT NULL CHECK (dimensions >= 1),
    documents NUMBER(18) NOT NULL CHECK (documents >= 0),
    chunks NUMBER(18) NOT NULL CHECK (chunks >= 0),
    embedded NUMBER(18) NOT NULL CHECK (embedded >= 0),
    reused NUMBER(18) NOT NULL CHECK (reused >= 0),
    holes NUMBER(18) NOT NULL CHECK (holes >= 0),
    ghosts NUMBER(18) NOT NULL CHECK (ghosts >= 0),
    index_kind VARCHAR2(16 BYTE),
    reason VARCHAR2(2000 BYTE),
    run_id VARCHAR2(250 BYTE) NOT NULL,
    as_of TIMESTAMP(6) NOT NULL,
    released_at TIMESTAMP(6),
    ended_at TIMESTAMP(6),
    CONSTRAINT embedding_release_pk PRIMARY KEY (release_id),
    CONSTRAINT embedding_release_uk UNIQUE (release_number)
);
COMMENT ON TABLE embedding_release IS 'Sets of embedded documents; the live one is searched';
COMMENT ON COLUMN embedding_release.release_id IS '32 hex digits over embedding_key and documents';
COMMENT ON COLUMN embedding_release.embedding_key IS '32 hex digits over model, precision, prompts';
COMMENT ON COLUMN embedding_release.embedded IS 'Texts that were embedded for it';
COMMENT ON COLUMN embedding_release.reused IS 'Chunks whose vectors an earlier release had';
COMMENT ON COLUMN embedding_release.holes IS 'Chunks that its table lacked, found and mended';
COMMENT ON COLUMN embedding_release.ghosts IS 'Vectors of no chunk of it, found and taken out';
COMMENT ON COLUMN embedding_release.reason IS 'Why it was refused or gone back to';
COMMENT ON COLUMN embedding_release.as_of IS 'Instant that the run stands for, UTC';
COMMENT ON COLUMN embedding_release.released_at IS 'When it became live last, UTC';
COMMENT ON COLUMN embedding_release.ended_at IS 'When it was retired, refused or dropped, UTC';

CREATE TABLE IF NOT EXISTS release_document (
    release_id VARCHAR2(32 BYTE) NOT NULL,
    document_version VARCHAR2(32 BYTE) NOT NULL,
    CONSTRAINT release_document_pk PRIMARY KEY (release_id, document_version)
);
COMMENT ON TABLE release_document IS 'The documents of a release';

CREATE TABLE IF NOT EXISTS release_quality (
    release_id VARCHAR2(32 BYTE) NOT NULL,
    as_of TIMESTAMP(6) NOT NULL,
    measure VARCHAR2(64 BYTE) NOT NULL,
    amount NUMBER(38, 24) NOT NULL,
    questions NUMBER(18) NOT NULL CHECK (questions >= 0),
    run_id VARCHAR2(250 BYTE) NOT NULL,
    CONSTRAINT release_quality_pk PRIMARY KEY (release_id, as_of, measure)
);
COMMENT ON TABLE release_quality IS 'How well a release finds, over time';
COMMENT ON COLUMN release_quality.measure IS 'Such as recall_at_10, ndcg_at_10, p95_ms';

CREATE TABLE IF NOT EXISTS search_feedback (
    feedback_id VARCHAR2(32 BYTE) NOT NULL,
    told_at TIMESTAMP(6) NOT NULL,
    told_by VARCHAR2(250 BYTE) NOT NULL,
    question VARCHAR2(2000 BYTE) NOT NULL,
    release_id VARCHAR2(32 BYTE) NOT NULL,
    chunk_id VARCHAR2(32 BYTE) NOT NULL,
    helpful NUMBER(18) NOT NULL CHECK (helpful IN (0, 1)),
    remark VARCHAR2(2000 BYTE),
    CONSTRAINT search_feedback_pk PRIMARY KEY (feedback_id)
);
COMMENT ON TABLE search_feedback IS 'What people said of what a search found';

CREATE TABLE IF NOT EXISTS event_runbook (
    event_id VARCHAR2(64 BYTE) NOT NULL,
    place NUMBER(18) NOT NULL CHECK (place >= 1),
    release_id VARCHAR2(32 BYTE) NOT NULL,
    chunk_id VARCHAR2(32 BYTE) NOT NULL,
    title_path VARCHAR2(2000 BYTE) NOT NULL,
    uri VARCHAR2(2000 BYTE) NOT NULL,
    score NUMBER(38, 24) NOT NULL,
    run_id VARCHAR2(250 BYTE) NOT NULL,
    as_of TIMESTAMP(6) NOT NULL,
    CONSTRAINT event_runbook_pk PRIMARY KEY (event_id, place)
);
COMMENT ON TABLE event_runbook IS 'The runbooks that fit an anomaly event, the nearest first';
COMMENT ON COLUMN event_runbook.score IS 'Cosine similarity of the event to the passage';

CREATE TABLE IF NOT EXISTS knowledge_vector_none (
    chunk_id VARCHAR2(32 BYTE) NOT NULL,
    document_version VARCHAR2(32 BYTE) NOT NULL,
    text_hash VARCHAR2(32 BYTE) NOT NULL,
    embedding VECTOR(*, FLOAT32) NOT NULL,
    CONSTRAINT knowledge_vector_none_pk PRIMARY KEY (chunk_id)
);
COMMENT ON TABLE knowledge_vector_none IS 'What knowledge_vector stands for before any release';

CREATE OR REPLACE SYNONYM knowledge_vector FOR knowledge_vector_none;
