DELETE FROM ledger_state
WHERE name = :name
