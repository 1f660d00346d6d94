-- The days of [:first_day, :end_day) that an API was asked about for a source, tags apart.
SELECT
    charge_day,
    provider,
    account_id,
    query,
    as_of,
    run_id
FROM usage_collected
WHERE
    source = :source_name
    AND query NOT LIKE 'tag:%'
    AND charge_day >= :first_day
    AND charge_day < :end_day
