-- Every series that is known, also those that have ended.
SELECT
    series_id,
    kind,
    billing_currency,
    provider_name,
    service_name,
    sub_account_id,
    region_id,
    tag_key,
    tag_value,
    first_day,
    last_day,
    filling_days,
    remark,
    as_of,
    run_id
FROM cost_series
ORDER BY series_id
