-- The kept lines of one object as the lake holds them: partition first, then the line.
SELECT
    lower(trim(regexp_replace(ProviderName, '[^A-Za-z0-9]+', '-', 'g'), '-')) AS provider,
    cast(ChargePeriodStart AS DATE) AS day,
    focus_line.*
FROM focus_line
