-- The counted lines of the touched days, as Great Expectations judges them: one row for all lines
-- that are alike in every word the suite looks at and in the sign of every cost. Nothing is
-- sampled: a line that breaks a rule always stands in a row that breaks it, and `lines` says how
-- many do.
-- Costs are the smallest of the row's lines; times the widest span they cover, or, for
-- a charge that does not end after it starts, its own. `example` is one of the lines.
WITH judged AS (
    SELECT
        *,
        coalesce("ChargePeriodEnd" > "ChargePeriodStart", FALSE) AS ends_after_start
    FROM counted_line
)

SELECT
    "ProviderName",
    "BillingAccountId",
    "BillingCurrency",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    min("ChargePeriodStart") AS "ChargePeriodStart",
    max("ChargePeriodEnd") AS "ChargePeriodEnd",
    "ChargeCategory",
    "ChargeClass",
    min("BilledCost") AS "BilledCost",
    min("EffectiveCost") AS "EffectiveCost",
    min("ListCost") AS "ListCost",
    min("ContractedCost") AS "ContractedCost",
    count(*) AS lines,
    min("x_object_id" || ' record ' || "x_record_number") AS example
FROM judged
GROUP BY
    "ProviderName",
    "BillingAccountId",
    "BillingCurrency",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargeCategory",
    "ChargeClass",
    sign("BilledCost"),
    sign("EffectiveCost"),
    sign("ListCost"),
    sign("ContractedCost"),
    date_trunc('day', "ChargePeriodStart"),
    coalesce("ChargePeriodStart" >= "BillingPeriodStart", TRUE),
    coalesce("ChargePeriodEnd" <= "BillingPeriodEnd", TRUE),
    ends_after_start,
    CASE WHEN NOT ends_after_start THEN "ChargePeriodStart" END,
    CASE WHEN NOT ends_after_start THEN "ChargePeriodEnd" END
ORDER BY ALL
