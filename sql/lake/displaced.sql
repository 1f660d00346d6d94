-- Which lines of the view `line` do not count, and why. Of the relation `standing` (object_id, uri,
-- delivered_at, kind, rank) an OCI report's kind is its format and its rank the place of kind and
-- source in the order of precedence; other reports have neither, and displace none by source.
--
-- source_priority: another kind of OCI report, of a source that comes first, brings the day of this
-- tenancy. newer_object: a newer object brings the same reference number of the same billing
-- account and day. A number repeated inside one object is the reader's to set aside.
WITH brought AS (
    SELECT
        line.provider,
        line.day,
        account_of(line.BillingAccountId, line.SubAccountId) AS account,
        standing.kind,
        min(standing.rank) AS rank
    FROM line
    INNER JOIN standing ON line.x_object_id = standing.object_id
    WHERE standing.kind IS NOT NULL
    GROUP BY ALL
),

outranked AS (
    SELECT brought.*
    FROM brought
    WHERE EXISTS (
        SELECT 1
        FROM brought better
        WHERE
            better.provider = brought.provider
            AND better.day = brought.day
            AND better.account = brought.account
            AND better.rank < brought.rank
    )
),

by_source AS (
    SELECT
        line.x_object_id,
        line.x_record_number
    FROM line
    INNER JOIN standing ON line.x_object_id = standing.object_id
    SEMI JOIN outranked
        ON
            line.provider = outranked.provider
            AND line.day = outranked.day
            AND account_of(line.BillingAccountId, line.SubAccountId) = outranked.account
            AND standing.kind = outranked.kind
),

repeated AS (
    SELECT hash(provider, day, BillingAccountId, x_reference_number) AS alike
    FROM line
    WHERE x_reference_number IS NOT NULL
    GROUP BY alike
    HAVING count(*) > 1
),

candidate AS (
    SELECT
        line.x_object_id,
        line.x_record_number,
        first_value(line.x_object_id) OVER (
            PARTITION BY
                line.provider, line.day, line.BillingAccountId, line.x_reference_number
            ORDER BY standing.delivered_at DESC, standing.uri DESC
        ) AS newest
    FROM line
    INNER JOIN repeated
        ON
            hash(line.provider, line.day, line.BillingAccountId, line.x_reference_number)
            = repeated.alike
    INNER JOIN standing ON line.x_object_id = standing.object_id
    ANTI JOIN by_source
        ON
            line.x_object_id = by_source.x_object_id
            AND line.x_record_number = by_source.x_record_number
)

SELECT
    x_object_id,
    x_record_number,
    'source_priority' AS reason
FROM by_source
UNION ALL
SELECT
    x_object_id,
    x_record_number,
    'newer_object' AS reason
FROM candidate
WHERE x_object_id <> newest
