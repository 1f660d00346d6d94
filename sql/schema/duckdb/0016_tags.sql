-- How far cost and resources carry the tags that they should. A cost is EffectiveCost of usage, in
-- billing_currency. tagged: an allowed value; wrong: another one; untagged: none; untaggable: what
-- the settings exempt, and cost without a resource.

CREATE TABLE tag_coverage (
    charge_day DATE NOT NULL,
    provider_name VARCHAR NOT NULL CHECK (strlen(provider_name) <= 256),
    tag_key VARCHAR NOT NULL CHECK (strlen(tag_key) <= 512),
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    tagged_cost DECIMAL(38, 24) NOT NULL,
    wrong_cost DECIMAL(38, 24) NOT NULL,
    untagged_cost DECIMAL(38, 24) NOT NULL,
    untaggable_cost DECIMAL(38, 24) NOT NULL,
    tagged_resources BIGINT NOT NULL,
    wrong_resources BIGINT NOT NULL,
    untagged_resources BIGINT NOT NULL,
    untaggable_resources BIGINT NOT NULL,
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (charge_day, provider_name, tag_key, billing_currency)
);
COMMENT ON TABLE tag_coverage IS 'Cost and resources by state of a tag, day by day';
COMMENT ON COLUMN tag_coverage.as_of IS 'Instant that the run stands for which told it last';

CREATE TABLE tag_scope_coverage (
    scope_kind VARCHAR NOT NULL CHECK (scope_kind IN ('provider', 'account', 'service')),
    provider_name VARCHAR NOT NULL CHECK (strlen(provider_name) <= 256),
    sub_account_id VARCHAR CHECK (strlen(sub_account_id) <= 512),
    service_name VARCHAR CHECK (strlen(service_name) <= 512),
    tag_key VARCHAR NOT NULL CHECK (strlen(tag_key) <= 512),
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    tagged_cost DECIMAL(38, 24) NOT NULL,
    wrong_cost DECIMAL(38, 24) NOT NULL,
    untagged_cost DECIMAL(38, 24) NOT NULL,
    untaggable_cost DECIMAL(38, 24) NOT NULL,
    tagged_resources BIGINT NOT NULL,
    wrong_resources BIGINT NOT NULL,
    untagged_resources BIGINT NOT NULL,
    untaggable_resources BIGINT NOT NULL,
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256)
);
COMMENT ON TABLE tag_scope_coverage IS 'The same by scope over 30 days, as the latest run told';
COMMENT ON COLUMN tag_scope_coverage.sub_account_id IS 'NULL: a provider, or none named';
COMMENT ON COLUMN tag_scope_coverage.service_name IS 'NULL: of a provider or an account';

CREATE TABLE tag_finding (
    finding_id VARCHAR NOT NULL CHECK (strlen(finding_id) <= 32),
    tag_key VARCHAR NOT NULL CHECK (strlen(tag_key) <= 512),
    provider_name VARCHAR NOT NULL CHECK (strlen(provider_name) <= 256),
    sub_account_id VARCHAR CHECK (strlen(sub_account_id) <= 512),
    service_name VARCHAR NOT NULL CHECK (strlen(service_name) <= 512),
    region_id VARCHAR CHECK (strlen(region_id) <= 256),
    resource_id VARCHAR NOT NULL CHECK (strlen(resource_id) <= 2048),
    resource_name VARCHAR CHECK (strlen(resource_name) <= 1024),
    resource_type VARCHAR CHECK (strlen(resource_type) <= 256),
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    state VARCHAR NOT NULL CHECK (state IN ('untagged', 'wrong')),
    tag_value VARCHAR CHECK (strlen(tag_value) <= 2048),
    suggestion VARCHAR CHECK (strlen(suggestion) <= 2048),
    evidence_kind VARCHAR CHECK (strlen(evidence_kind) <= 32),
    evidence VARCHAR CHECK (strlen(evidence) <= 2000),
    confidence DECIMAL(38, 24),
    last_day DATE NOT NULL,
    cost DECIMAL(38, 24) NOT NULL,
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (finding_id)
);
COMMENT ON TABLE tag_finding IS 'Resources without an allowed value, and which it likely is';
COMMENT ON COLUMN tag_finding.tag_value IS 'What is written; NULL: nothing';
COMMENT ON COLUMN tag_finding.evidence_kind IS
'spelling, earlier, tag, creator, account or neighbours';
COMMENT ON COLUMN tag_finding.confidence IS 'Above 0, at most 1';
COMMENT ON COLUMN tag_finding.last_day IS 'The last day that it cost something';
COMMENT ON COLUMN tag_finding.cost IS 'Of the 30 days';
