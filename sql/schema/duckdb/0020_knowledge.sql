-- Documents cut into chunks, and the releases that make a set of them searchable. A row of document
-- or chunk never changes; a release is a list of documents and a table of vectors of its own, named
-- knowledge_vector_<release_id>. knowledge_vector stands for the live one's.

CREATE TABLE document (
    document_version VARCHAR NOT NULL CHECK (strlen(document_version) <= 32),
    document_id VARCHAR NOT NULL CHECK (strlen(document_id) <= 32),
    object_uri VARCHAR NOT NULL CHECK (strlen(object_uri) <= 2000),
    uri VARCHAR NOT NULL CHECK (strlen(uri) <= 2000),
    source VARCHAR NOT NULL CHECK (strlen(source) <= 128),
    etag VARCHAR NOT NULL CHECK (strlen(etag) <= 256),
    prep_key VARCHAR NOT NULL CHECK (strlen(prep_key) <= 32),
    media_type VARCHAR NOT NULL CHECK (strlen(media_type) <= 128),
    object_bytes BIGINT NOT NULL CHECK (object_bytes >= 0),
    modified_at TIMESTAMP NOT NULL,
    title VARCHAR NOT NULL CHECK (strlen(title) <= 512),
    department VARCHAR CHECK (strlen(department) <= 128),
    category VARCHAR CHECK (strlen(category) <= 128),
    region VARCHAR CHECK (strlen(region) <= 128),
    document_date DATE,
    chunks BIGINT NOT NULL CHECK (chunks >= 1),
    PRIMARY KEY (document_version)
);
COMMENT ON TABLE document IS 'Versions of documents, kept while a release lists them';
COMMENT ON COLUMN document.document_version IS '32 hex digits over id, text, metadata, prep_key';
COMMENT ON COLUMN document.document_id IS '32 hex digits over its declared id, or its address';
COMMENT ON COLUMN document.object_uri IS 'The object that holds it';
COMMENT ON COLUMN document.uri IS 'object_uri, with #part where an object holds many';
COMMENT ON COLUMN document.prep_key IS '32 hex digits over normaliser, chunker and their limits';
COMMENT ON COLUMN document.modified_at IS 'When its object was written, UTC';
COMMENT ON COLUMN document.document_date IS 'Since when what it says holds, if it says so';

CREATE TABLE object_document (
    object_version VARCHAR NOT NULL CHECK (strlen(object_version) <= 32),
    place BIGINT NOT NULL CHECK (place >= 1),
    document_version VARCHAR NOT NULL CHECK (strlen(document_version) <= 32),
    object_uri VARCHAR NOT NULL CHECK (strlen(object_uri) <= 2000),
    etag VARCHAR NOT NULL CHECK (strlen(etag) <= 256),
    prep_key VARCHAR NOT NULL CHECK (strlen(prep_key) <= 32),
    uri VARCHAR NOT NULL CHECK (strlen(uri) <= 2000),
    as_of TIMESTAMP NOT NULL,
    PRIMARY KEY (object_version, place)
);
COMMENT ON TABLE object_document IS 'Which documents a version of an object holds';
COMMENT ON COLUMN object_document.object_version IS '32 hex digits over uri, etag and prep_key';
COMMENT ON COLUMN object_document.as_of IS 'When it was read, UTC';

CREATE TABLE document_tag (
    document_version VARCHAR NOT NULL CHECK (strlen(document_version) <= 32),
    tag VARCHAR NOT NULL CHECK (strlen(tag) <= 128),
    PRIMARY KEY (document_version, tag)
);
COMMENT ON TABLE document_tag IS 'Tags of documents, to filter by';

CREATE TABLE chunk (
    chunk_id VARCHAR NOT NULL CHECK (strlen(chunk_id) <= 32),
    document_version VARCHAR NOT NULL CHECK (strlen(document_version) <= 32),
    place BIGINT NOT NULL CHECK (place >= 1),
    title_path VARCHAR CHECK (strlen(title_path) <= 2000),
    locator VARCHAR CHECK (strlen(locator) <= 128),
    body VARCHAR NOT NULL,
    tokens BIGINT NOT NULL CHECK (tokens >= 1),
    terms BIGINT NOT NULL CHECK (terms >= 0),
    text_hash VARCHAR NOT NULL CHECK (strlen(text_hash) <= 32),
    PRIMARY KEY (chunk_id)
);
COMMENT ON TABLE chunk IS 'Pieces of documents, each embedded and found as one';
COMMENT ON COLUMN chunk.chunk_id IS '32 hex digits over document_version and place';
COMMENT ON COLUMN chunk.terms IS 'How many words of it are in chunk_term, repeated ones counted';
COMMENT ON COLUMN chunk.text_hash IS '32 hex digits over what is embedded: title_path and body';

CREATE TABLE chunk_term (
    term VARCHAR NOT NULL CHECK (strlen(term) <= 128),
    chunk_id VARCHAR NOT NULL CHECK (strlen(chunk_id) <= 32),
    occurrences BIGINT NOT NULL CHECK (occurrences >= 1)
);
COMMENT ON TABLE chunk_term IS 'Words of chunks, for search by words (BM25)';

CREATE TABLE document_set_aside (
    set_aside_id VARCHAR NOT NULL CHECK (strlen(set_aside_id) <= 32),
    document_id VARCHAR NOT NULL CHECK (strlen(document_id) <= 32),
    object_uri VARCHAR NOT NULL CHECK (strlen(object_uri) <= 2000),
    uri VARCHAR NOT NULL CHECK (strlen(uri) <= 2000),
    source VARCHAR NOT NULL CHECK (strlen(source) <= 128),
    etag VARCHAR NOT NULL CHECK (strlen(etag) <= 256),
    prep_key VARCHAR NOT NULL CHECK (strlen(prep_key) <= 32),
    reason VARCHAR NOT NULL CHECK (strlen(reason) <= 64),
    detail VARCHAR NOT NULL CHECK (strlen(detail) <= 2000),
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 250),
    PRIMARY KEY (set_aside_id)
);
COMMENT ON TABLE document_set_aside IS 'Documents that cannot be searched, and why';
COMMENT ON COLUMN document_set_aside.set_aside_id IS '32 hex digits over uri, etag and prep_key';

CREATE TABLE embedding_release (
    release_id VARCHAR NOT NULL CHECK (strlen(release_id) <= 32),
    release_number BIGINT NOT NULL CHECK (release_number >= 1),
    state VARCHAR NOT NULL CHECK (
        state IN ('building', 'refused', 'live', 'retired', 'dropped')
    ),
    embedding_key VARCHAR NOT NULL CHECK (strlen(embedding_key) <= 32),
    prep_key VARCHAR NOT NULL CHECK (strlen(prep_key) <= 32),
    model VARCHAR NOT NULL CHECK (strlen(model) <= 512),
    model_precision VARCHAR NOT NULL CHECK (strlen(model_precision) <= 16),
    dimensions BIGINT NOT NULL CHECK (dimensions >= 1),
    documents BIGINT NOT NULL CHECK (documents >= 0),
    chunks BIGINT NOT NULL CHECK (chunks >= 0),
    embedded BIGINT NOT NULL CHECK (embedded >= 0),
    reused BIGINT NOT NULL CHECK (reused >= 0),
    holes BIGINT NOT NULL CHECK (holes >= 0),
    ghosts BIGINT NOT NULL CHECK (ghosts >= 0),
    index_kind VARCHAR CHECK (strlen(index_kind) <= 16),
    reason VARCHAR CHECK (strlen(reason) <= 2000),
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 250),
    as_of TIMESTAMP NOT NULL,
    released_at TIMESTAMP,
    ended_at TIMESTAMP,
    PRIMARY KEY (release_id),
    UNIQUE (release_number)
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

CREATE TABLE release_document (
    release_id VARCHAR NOT NULL CHECK (strlen(release_id) <= 32),
    document_version VARCHAR NOT NULL CHECK (strlen(document_version) <= 32),
    PRIMARY KEY (release_id, document_version)
);
COMMENT ON TABLE release_document IS 'The documents of a release';

CREATE TABLE release_quality (
    release_id VARCHAR NOT NULL CHECK (strlen(release_id) <= 32),
    as_of TIMESTAMP NOT NULL,
    measure VARCHAR NOT NULL CHECK (strlen(measure) <= 64),
    amount DECIMAL(38, 24) NOT NULL,
    questions BIGINT NOT NULL CHECK (questions >= 0),
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 250),
    PRIMARY KEY (release_id, as_of, measure)
);
COMMENT ON TABLE release_quality IS 'How well a release finds, over time';
COMMENT ON COLUMN release_quality.measure IS 'Such as recall_at_10, ndcg_at_10, p95_ms';

CREATE TABLE search_feedback (
    feedback_id VARCHAR NOT NULL CHECK (strlen(feedback_id) <= 32),
    told_at TIMESTAMP NOT NULL,
    told_by VARCHAR NOT NULL CHECK (strlen(told_by) <= 250),
    question VARCHAR NOT NULL CHECK (strlen(question) <= 2000),
    release_id VARCHAR NOT NULL CHECK (strlen(release_id) <= 32),
    chunk_id VARCHAR NOT NULL CHECK (strlen(chunk_id) <= 32),
    helpful BIGINT NOT NULL CHECK (helpful IN (0, 1)),
    remark VARCHAR CHECK (strlen(remark) <= 2000),
    PRIMARY KEY (feedback_id)
);
COMMENT ON TABLE search_feedback IS 'What people said of what a search found';

CREATE TABLE event_runbook (
    event_id VARCHAR NOT NULL CHECK (strlen(event_id) <= 64),
    place BIGINT NOT NULL CHECK (place >= 1),
    release_id VARCHAR NOT NULL CHECK (strlen(release_id) <= 32),
    chunk_id VARCHAR NOT NULL CHECK (strlen(chunk_id) <= 32),
    title_path VARCHAR NOT NULL CHECK (strlen(title_path) <= 2000),
    uri VARCHAR NOT NULL CHECK (strlen(uri) <= 2000),
    score DECIMAL(38, 24) NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 250),
    as_of TIMESTAMP NOT NULL,
    PRIMARY KEY (event_id, place)
);
COMMENT ON TABLE event_runbook IS 'The runbooks that fit an anomaly event, the nearest first';
COMMENT ON COLUMN event_runbook.score IS 'Cosine similarity of the event to the passage';

CREATE TABLE knowledge_vector_none (
    chunk_id VARCHAR NOT NULL CHECK (strlen(chunk_id) <= 32),
    document_version VARCHAR NOT NULL CHECK (strlen(document_version) <= 32),
    text_hash VARCHAR NOT NULL CHECK (strlen(text_hash) <= 32),
    embedding FLOAT[1] NOT NULL,
    PRIMARY KEY (chunk_id)
);
COMMENT ON TABLE knowledge_vector_none IS 'What knowledge_vector stands for before any release';

CREATE VIEW knowledge_vector AS SELECT * FROM knowledge_vector_none;
