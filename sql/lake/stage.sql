-- The kept lines of one object as the lake holds them: partition first, then the line. A provider
-- whose name has no Latin letter or digit goes by the name's hash.
SELECT
    coalesce(
        nullif(
            trim(left(lower(regexp_replace(ProviderName, '[^A-Za-z0-9]+', '-', 'g')), 64), '-'), ''
        ),
        'provider-' || left(md5(ProviderName), 8)
    ) AS provider,
    cast(ChargePeriodStart AS DATE) AS day,
    focus_line.*
FROM focus_line
