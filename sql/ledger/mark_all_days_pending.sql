-- Every day that the ledger holds lines of or the mart holds rows of.
INSERT INTO pending_day (provider, charge_day)
SELECT
    provider,
    charge_day
FROM (
    SELECT
        provider,
        charge_day
    FROM source_object_day
    UNION
    SELECT
        provider,
        charge_day
    FROM daily_cost
) published
WHERE NOT EXISTS (
    SELECT 1
    FROM pending_day
    WHERE
        pending_day.provider = published.provider
        AND pending_day.charge_day = published.charge_day
)
