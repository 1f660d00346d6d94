DELETE FROM reconciliation
WHERE EXISTS (
    SELECT 1
    FROM pending_day
    WHERE
        pending_day.provider = reconciliation.provider
        AND pending_day.charge_day = reconciliation.charge_day
)
