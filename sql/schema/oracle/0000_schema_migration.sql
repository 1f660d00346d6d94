-- Which migrations have been applied. Bookkeeping only: applied_at is the database's clock, in UTC.
-- Every statement of every migration can be run again, since Oracle commits each one.
CREATE TABLE IF NOT EXISTS schema_migration (
    name VARCHAR2(128 BYTE) NOT NULL,
    checksum VARCHAR2(64 BYTE) NOT NULL,
    applied_at TIMESTAMP(6) DEFAULT SYS_EXTRACT_UTC(SYSTIMESTAMP) NOT NULL,
    CONSTRAINT schema_migration_pk PRIMARY KEY (name)
);
COMMENT ON TABLE schema_migration IS 'The migrations of this database, with the SHA-256 of each';
