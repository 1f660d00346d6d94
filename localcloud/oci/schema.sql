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
