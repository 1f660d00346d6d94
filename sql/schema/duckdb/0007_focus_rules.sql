-- What FOCUS 1.2's column rules say of each published day. A day judged again replaces its rows.

CREATE TABLE focus_day (
    provider VARCHAR NOT NULL CHECK (strlen(provider) <= 64),
    charge_day DATE NOT NULL,
    lines BIGINT NOT NULL CHECK (lines >= 0),
    rules BIGINT NOT NULL CHECK (rules >= 0),
    must_broken BIGINT NOT NULL CHECK (must_broken >= 0),
    should_broken BIGINT NOT NULL CHECK (should_broken >= 0),
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    judged_at TIMESTAMP NOT NULL,
    PRIMARY KEY (provider, charge_day)
);
COMMENT ON TABLE focus_day IS 'One row per published day that was held against the rules';
COMMENT ON COLUMN focus_day.rules IS 'Rules that the lines were held against';
COMMENT ON COLUMN focus_day.must_broken IS 'Rules of the word MUST that some line breaks';
COMMENT ON COLUMN focus_day.should_broken IS 'Rules of the word SHOULD that some line breaks';
COMMENT ON COLUMN focus_day.judged_at IS 'Instant of the run that judged, UTC';

CREATE TABLE focus_failure (
    provider VARCHAR NOT NULL CHECK (strlen(provider) <= 64),
    charge_day DATE NOT NULL,
    rule_id VARCHAR NOT NULL CHECK (strlen(rule_id) <= 64),
    rule_level VARCHAR NOT NULL CHECK (rule_level IN ('must', 'should')),
    column_name VARCHAR NOT NULL CHECK (strlen(column_name) <= 128),
    requirement VARCHAR NOT NULL CHECK (strlen(requirement) <= 1024),
    broken_lines BIGINT NOT NULL CHECK (broken_lines > 0),
    example VARCHAR CHECK (strlen(example) <= 128),
    PRIMARY KEY (provider, charge_day, rule_id)
);
COMMENT ON TABLE focus_failure IS 'Rules of FOCUS 1.2 that lines of a published day break';
COMMENT ON COLUMN focus_failure.rule_id IS 'Number of the rule in the FOCUS 1.2 rule model';
COMMENT ON COLUMN focus_failure.requirement IS 'The rule in words';
COMMENT ON COLUMN focus_failure.example IS 'Object and record of one of the lines';
