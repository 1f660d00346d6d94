-- A build that was killed may hold its table for a while longer.
ALTER SESSION SET DDL_LOCK_TIMEOUT = 600 -- noqa: PRS
