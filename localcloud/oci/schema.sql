CREATE TABLE IF NOT EXISTS bucket (
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    compartment_id TEXT NOT NULL,
    etag TEXT NOT NULL,
    time_created TEXT NOT NULL,
    PRIMARY KEY (namespace, name)
);

CREATE TABLE IF NOT EXISTS object (
    namespace TEXT NOT NULL,
    bucket TEXT NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    md5 TEXT NOT NULL,
    etag TEXT NOT NULL,
    content_type TEXT NOT NULL,
    content_encoding TEXT,
    time_created TEXT NOT NULL,
    time_modified TEXT NOT NULL,
    blob TEXT NOT NULL,
    PRIMARY KEY (namespace, bucket, name)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS upload (
    id TEXT PRIMARY KEY,
    namespace TEXT NOT NULL,
    bucket TEXT NOT NULL,
    object TEXT NOT NULL,
    content_type TEXT NOT NULL,
    content_encoding TEXT,
    time_created TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS upload_part (
    upload_id TEXT NOT NULL REFERENCES upload (id),
    number INTEGER NOT NULL,
    size INTEGER NOT NULL,
    md5 TEXT NOT NULL,
    etag TEXT NOT NULL,
    blob TEXT NOT NULL,
    PRIMARY KEY (upload_id, number)
);

CREATE TABLE IF NOT EXISTS denial (
    key_id TEXT NOT NULL,
    namespace TEXT NOT NULL,
    bucket TEXT NOT NULL,
    status INTEGER NOT NULL,
    PRIMARY KEY (key_id, namespace, bucket)
)
;

CREATE TABLE IF NOT EXISTS document (
    kind TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    parent TEXT NOT NULL,
    etag TEXT NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS retry_token (
    kind TEXT NOT NULL,
    token TEXT NOT NULL,
    request TEXT NOT NULL,
    document_id TEXT NOT NULL,
    given_at TEXT NOT NULL,
    PRIMARY KEY (kind, token)
);

CREATE TABLE IF NOT EXISTS usage (
    report TEXT NOT NULL,
    start TEXT NOT NULL,
    currency TEXT NOT NULL,
    unit TEXT NOT NULL,
    amount TEXT NOT NULL,
    quantity TEXT NOT NULL,
    dimensions TEXT NOT NULL,
    tags TEXT NOT NULL
);

CREATE INDEX IF NOT EXISTS usage_start ON usage (start);

CREATE TABLE IF NOT EXISTS datapoint (
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    compartment_id TEXT NOT NULL,
    dimensions TEXT NOT NULL,
    at TEXT NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (namespace, name, compartment_id, dimensions, at)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS message (
    id TEXT PRIMARY KEY,
    topic_id TEXT NOT NULL,
    title TEXT,
    body TEXT NOT NULL,
    published_at TEXT NOT NULL
)
