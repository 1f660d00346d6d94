-- Lines that do not count though no counted line brings their charge: none, or displaced.sql is
-- wrong. By provider's day and currency.
WITH aside AS (
    SELECT
        line.provider,
        line.day,
        line.BillingCurrency,
        line.BillingAccountId,
        line.x_reference_number,
        account_of(line.BillingAccountId, line.SubAccountId) AS account,
        displaced.reason
    FROM line
    INNER JOIN displaced
        ON
            line.x_object_id = displaced.x_object_id
            AND line.x_record_number = displaced.x_record_number
),

lost AS (
    SELECT aside.*
    FROM aside
    ANTI JOIN counted_line
        ON
            aside.provider = counted_line.provider
            AND aside.day = counted_line.day
            AND aside.BillingAccountId = counted_line.BillingAccountId
            AND aside.x_reference_number = counted_line.x_reference_number
    WHERE aside.reason = 'newer_object'
    UNION ALL
    SELECT aside.*
    FROM aside
    ANTI JOIN counted_line
        ON
            aside.provider = counted_line.provider
            AND aside.day = counted_line.day
            AND aside.account
            = account_of(counted_line.BillingAccountId, counted_line.SubAccountId)
    WHERE aside.reason = 'source_priority'
)

SELECT
    provider,
    day AS charge_day,
    BillingCurrency AS billing_currency,
    count(*) AS lost_lines
FROM lost
GROUP BY ALL
