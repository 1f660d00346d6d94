-- How far cost and resources carry the tags that they should. A cost is EffectiveCost of usage, in
-- billing_currency. tagged: an allowed value; wrong: another one; untagged: none; untaggable: what
-- the settings exempt, and cost without a resource.

CREATE TABLE IF NOT EXISTS tag_coverage (
    charge_day DATE NOT NULL,
    provider_name VARCHAR2(256 BYTE) NOT NULL,
    tag_key VARCHAR2(512 BYTE) NOT NULL,
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    tagged_cost NUMBER(38, 24) NOT NULL,
    wrong_cost NUMBER(38, 24) NOT NULL,
    untagged_cost NUMBER(38, 24) NOT NULL,
    untaggable_cost NUMBER(38, 24) NOT NULL,
    tagged_resources NUMBER(18) NOT NULL,
    wrong_resources NUMBER(18) NOT NULL,
    untagged_resources NUMBER(18) NOT NULL,
    untaggable_resources NUMBER(18) NOT NULL,
    as_of TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT tag_coverage_pk PRIMARY KEY (charge_day, provider_name, tag_key, billing_currency)
);
COMMENT ON TABLE tag_coverage IS 'Cost and resources by state of a tag, day by day';
COMMENT ON COLUMN tag_coverage.as_of IS 'Instant that the run stands for which told it last';

CREATE TABLE IF NOT EXISTS tag_scope_coverage (
    scope_kind VARCHAR2(32 BYTE) NOT NULL CHECK (scope_kind IN ('provider', 'account', 'service')),
    provider_name VARCHAR2(256 BYTE) NOT NULL,
    sub_account_id VARCHAR2(512 BYTE),
    service_name VARCHAR2(512 BYTE),
    tag_key VARCHAR2(512 BYTE) NOT NULL,
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    tagged_cost NUMBER(38, 24) NOT NULL,
    wrong_cost NUMBER(38, 24) NOT NULL,
    untagged_cost NUMBER(38, 24) NOT NULL,
    untaggable_cost NUMBER(38, 24) NOT NULL,
    tagged_resources NUMBER(18) NOT NULL,
    wrong_resources NUMBER(18) NOT NULL,
    untagged_resources NUMBER(18) NOT NULL,
    untaggable_resources NUMBER(18) NOT NULL,
    as_of TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL
);
COMMENT ON TABLE tag_scope_coverage IS 'The same by scope over 30 days, as the latest run told';
COMMENT ON COLUMN tag_scope_coverage.sub_account_id IS 'NULL: a provider, or none named';
COMMENT ON COLUMN tag_scope_coverage.service_name IS 'NULL: of a provider or an account';

CREATE TABLE IF NOT EXISTS tag_finding (
    finding_id VARCHAR2(32 BYTE) NOT NULL,
    tag_key VARCHAR2(512 BYTE) NOT NULL,
    provider_name VARCHAR2(256 BYTE) NOT NULL,
    sub_account_id VARCHAR2(512 BYTE),
    service_name VARCHAR2(512 BYTE) NOT NULL,
    region_id VARCHAR2(256 BYTE),
    resource_id VARCHAR2(2048 BYTE) NOT NULL,
    resource_name VARCHAR2(1024 BYTE),
    resource_type VARCHAR2(256 BYTE),
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    state VARCHAR2(32 BYTE) NOT NULL CHECK (state IN ('untagged', 'wrong')),
    tag_value VARCHAR2(2048 BYTE),
    suggestion VARCHAR2(2048 BYTE),
    evidence_kind VARCHAR2(32 BYTE),
    evidence VARCHAR2(2000 BYTE),
    confidence NUMBER(38, 24),
    last_day DATE NOT NULL,
    cost NUMBER(38, 24) NOT NULL,
    as_of TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT tag_finding_pk PRIMARY KEY (finding_id)
);
COMMENT ON TABLE tag_finding IS 'Resources without an allowed value, and which it likely is';
COMMENT ON COLUMN tag_finding.tag_value IS 'What is written; NULL: nothing';
COMMENT ON COLUMN tag_finding.evidence_kind IS
'spelling, earlier, tag, creator, account or neighbours';
COMMENT ON COLUMN tag_finding.confidence IS 'Above 0, at most 1';
COMMENT ON COLUMN tag_finding.last_day IS 'The last day that it cost something';
COMMENT ON COLUMN tag_finding.cost IS 'Of the 30 days';
