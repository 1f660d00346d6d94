-- Who bills a billing account, as the lines name them.
SELECT provider_name
FROM daily_cost
WHERE billing_account_id = :billing_account_id
GROUP BY provider_name
ORDER BY provider_name
