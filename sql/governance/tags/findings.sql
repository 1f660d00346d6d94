-- Resources without an allowed value of a tag, the dearest first.
SELECT
    finding_id,
    tag_key,
    provider_name,
    sub_account_id,
    service_name,
    region_id,
    resource_id,
    resource_name,
    resource_type,
    billing_currency,
    state,
    tag_value,
    suggestion,
    evidence_kind,
    evidence,
    confidence,
    last_day,
    cost
FROM tag_finding
ORDER BY cost DESC, finding_id ASC
