-- Which migrations have been applied. Bookkeeping only: applied_at is the engine's clock, in UTC.
CREATE TABLE IF NOT EXISTS schema_migration (
    name VARCHAR NOT NULL PRIMARY KEY,
    checksum VARCHAR NOT NULL,
    applied_at TIMESTAMP DEFAULT (now() AT TIME ZONE 'UTC') NOT NULL
);
COMMENT ON TABLE schema_migration IS 'The migrations of this database, with the SHA-256 of each';
