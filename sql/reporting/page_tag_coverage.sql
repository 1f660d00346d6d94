-- Usage cost by key and currency as the latest run told it, all providers together, and how many
-- resources lack an allowed value of the key.
WITH lacking AS (
    SELECT
        tag_key,
        billing_currency,
        CAST(COUNT(*) AS DECIMAL(18, 0)) AS findings
    FROM tag_finding
    GROUP BY tag_key, billing_currency
),

covered AS (
    SELECT
        tag_key,
        billing_currency,
        MIN(first_day) AS first_day,
        MAX(last_day) AS last_day,
        SUM(tagged_cost) AS tagged_cost,
        SUM(wrong_cost) AS wrong_cost,
        SUM(untagged_cost) AS untagged_cost,
        SUM(untaggable_cost) AS untaggable_cost
    FROM tag_scope_coverage
    WHERE scope_kind = 'provider'
    GROUP BY tag_key, billing_currency
)

SELECT
    covered.tag_key,
    covered.billing_currency,
    covered.first_day,
    covered.last_day,
    covered.tagged_cost,
    covered.wrong_cost,
    covered.untagged_cost,
    covered.untaggable_cost,
    lacking.findings
FROM covered
LEFT JOIN lacking
    ON
        covered.tag_key = lacking.tag_key
        AND covered.billing_currency = lacking.billing_currency
ORDER BY covered.tag_key, covered.billing_currency
