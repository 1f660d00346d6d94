-- How well each currency's cost is spent, with its parts; a part that is not known has no share.
SELECT
    efficiency_score.billing_currency,
    efficiency_score.first_day,
    efficiency_score.last_day,
    efficiency_score.effective_cost,
    efficiency_score.score,
    efficiency_score.as_of,
    efficiency_part.part,
    efficiency_part.part_share,
    efficiency_part.weight,
    efficiency_part.part_cost,
    efficiency_part.whole_cost
FROM efficiency_score
INNER JOIN efficiency_part
    ON efficiency_score.billing_currency = efficiency_part.billing_currency
ORDER BY efficiency_score.billing_currency, efficiency_part.part
