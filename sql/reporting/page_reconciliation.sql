-- One measure by provider, day and currency, with how many of the day's figures differ; days that
-- differ first, then the newest. Rows :first_row to :last_row, of :provider_name if it is given.
WITH compared AS (
    SELECT
        provider,
        charge_day,
        billing_currency,
        CAST(COUNT(*) AS DECIMAL(18, 0)) AS figures,
        CAST(SUM(CASE WHEN difference = 0 THEN 0 ELSE 1 END) AS DECIMAL(18, 0)) AS differing
    FROM reconciliation
    GROUP BY
        provider,
        charge_day,
        billing_currency
),

numbered AS (
    SELECT
        reconciliation.provider,
        reconciliation.charge_day,
        reconciliation.billing_currency,
        reconciliation.lake_amount,
        reconciliation.mart_amount,
        reconciliation.displaced_amount,
        reconciliation.exact_amounts,
        reconciliation.difference,
        compared.figures,
        compared.differing,
        reconciliation.published_at,
        CAST(
            ROW_NUMBER() OVER (
                ORDER BY
                    CASE WHEN compared.differing > 0 THEN 0 ELSE 1 END ASC,
                    reconciliation.charge_day DESC,
                    reconciliation.provider ASC,
                    reconciliation.billing_currency ASC
            ) AS DECIMAL(18, 0)
        ) AS place,
        CAST(COUNT(*) OVER () AS DECIMAL(18, 0)) AS total
    FROM reconciliation
    INNER JOIN compared
        ON
            reconciliation.provider = compared.provider
            AND reconciliation.charge_day = compared.charge_day
            AND reconciliation.billing_currency = compared.billing_currency
    WHERE
        reconciliation.measure = :measure
        AND (:provider_name IS NULL OR reconciliation.provider = :provider_name)
)

SELECT
    provider,
    charge_day,
    billing_currency,
    lake_amount,
    mart_amount,
    displaced_amount,
    exact_amounts,
    difference,
    figures,
    differing,
    published_at,
    total
FROM numbered
WHERE place BETWEEN :first_row AND :last_row
ORDER BY place
