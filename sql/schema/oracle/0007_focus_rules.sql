-- What FOCUS 1.2's column rules say of each published day. A day judged again replaces its rows.

CREATE TABLE IF NOT EXISTS focus_day (
    provider VARCHAR2(64 BYTE) NOT NULL,
    charge_day DATE NOT NULL,
    lines NUMBER(18) NOT NULL CHECK (lines >= 0),
    rules NUMBER(18) NOT NULL CHECK (rules >= 0),
    must_broken NUMBER(18) NOT NULL CHECK (must_broken >= 0),
    should_broken NUMBER(18) NOT NULL CHECK (should_broken >= 0),
    run_id VARCHAR2(256 BYTE) NOT NULL,
    judged_at TIMESTAMP(6) NOT NULL,
    CONSTRAINT focus_day_pk PRIMARY KEY (provider, charge_day)
);
COMMENT ON TABLE focus_day IS 'One row per published day that was held against the rules';
COMMENT ON COLUMN focus_day.rules IS 'Rules that the lines were held against';
COMMENT ON COLUMN focus_day.must_broken IS 'Rules of the word MUST that some line breaks';
COMMENT ON COLUMN focus_day.should_broken IS 'Rules of the word SHOULD that some line breaks';
COMMENT ON COLUMN focus_day.judged_at IS 'Instant of the run that judged, UTC';

CREATE TABLE IF NOT EXISTS focus_failure (
    provider VARCHAR2(64 BYTE) NOT NULL,
    charge_day DATE NOT NULL,
    rule_id VARCHAR2(64 BYTE) NOT NULL,
    rule_level VARCHAR2(16 BYTE) NOT NULL CHECK (rule_level IN ('must', 'should')),
    column_name VARCHAR2(128 BYTE) NOT NULL,
    requirement VARCHAR2(1024 BYTE) NOT NULL,
    broken_lines NUMBER(18) NOT NULL CHECK (broken_lines > 0),
    example VARCHAR2(128 BYTE),
    CONSTRAINT focus_failure_pk PRIMARY KEY (provider, charge_day, rule_id)
);
COMMENT ON TABLE focus_failure IS 'Rules of FOCUS 1.2 that lines of a published day break';
COMMENT ON COLUMN focus_failure.rule_id IS 'Number of the rule in the FOCUS 1.2 rule model';
COMMENT ON COLUMN focus_failure.requirement IS 'The rule in words';
COMMENT ON COLUMN focus_failure.example IS 'Object and record of one of the lines';
