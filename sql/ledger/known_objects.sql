-- The objects that the ledger has a row of.
SELECT object_id
FROM source_object
