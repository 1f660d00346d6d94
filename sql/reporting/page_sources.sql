-- The sources that the ledger knows.
SELECT DISTINCT source
FROM ledger_object
ORDER BY source
