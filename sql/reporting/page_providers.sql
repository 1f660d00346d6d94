-- The providers whose days are reconciled.
SELECT DISTINCT provider
FROM reconciliation
ORDER BY provider
