-- How the cost of one currency was spent in the days [$first_day, $last_day], of the view
-- `counted_line`. $tag_keys are the tags that an owner is known by; $split names what is in the
-- others' cost. The counts say whether there was anything to add up.
--
-- A source without list prices has none per unit; its ListCost repeats another cost. What was not
-- used of a commitment is a usage line that says so, or, where the source has none such (AWS's Cost
-- and Usage Report), the effective cost of its fee.
WITH spent AS (
    SELECT
        EffectiveCost,
        ListCost,
        ChargeCategory = 'Usage' AS is_usage,
        is_usage AND ListUnitPrice IS NOT NULL AS is_listed,
        coalesce(is_usage AND CommitmentDiscountStatus = 'Used', FALSE) AS is_used,
        coalesce(
            CASE
                WHEN is_usage THEN CommitmentDiscountStatus = 'Unused'
                ELSE CommitmentDiscountId IS NOT NULL
            END,
            FALSE
        ) AS is_unused,
        len(list_filter($tag_keys, LAMBDA k: Tags[k] IS NULL)) = 0 AS is_allocated
    FROM counted_line
    WHERE
        ChargeCategory IN ('Usage', 'Purchase')
        AND (ChargeClass IS NULL OR ChargeClass <> 'Correction')
        AND BillingCurrency = $billing_currency
        AND ProviderName <> $split
        AND day BETWEEN $first_day AND $last_day
)

SELECT
    total(CASE WHEN is_usage THEN EffectiveCost END) AS effective_cost,
    total(CASE WHEN is_listed THEN ListCost END) AS list_cost,
    total(CASE WHEN is_listed THEN EffectiveCost END) AS listed_cost,
    total(CASE WHEN is_used OR is_unused THEN EffectiveCost END) AS committed_cost,
    total(CASE WHEN is_unused THEN EffectiveCost END) AS unused_cost,
    total(CASE WHEN is_usage AND is_allocated THEN EffectiveCost END) AS allocated_cost,
    count(CASE WHEN is_listed THEN 1 END) AS listed_lines,
    count(CASE WHEN is_used OR is_unused THEN 1 END) AS committed_lines
FROM spent
