-- Changes to cloud accounts: planned, decided, applied, read back; and the budgets as last read.
-- Documents are JSON. What is decided and applied bears the time of day when that was.

CREATE TABLE IF NOT EXISTS change_plan (
    plan_id VARCHAR2(64 BYTE) NOT NULL,
    area VARCHAR2(32 BYTE) NOT NULL,
    state VARCHAR2(32 BYTE) NOT NULL CHECK (
        state IN ('proposed', 'approved', 'rejected', 'superseded', 'applied', 'failed')
    ),
    dry_run NUMBER(18) NOT NULL CHECK (dry_run IN (0, 1)),
    problems VARCHAR2(4000 BYTE),
    decided_how VARCHAR2(32 BYTE) CHECK (decided_how IN ('person', 'policy', 'silence')),
    decided_by VARCHAR2(256 BYTE),
    decided_at TIMESTAMP(6),
    why VARCHAR2(2000 BYTE),
    as_of TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT change_plan_pk PRIMARY KEY (plan_id)
);
COMMENT ON TABLE change_plan IS 'What a run wants to change in accounts, and who let it';
COMMENT ON COLUMN change_plan.area IS 'budget, remediation, ...';
COMMENT ON COLUMN change_plan.dry_run IS '1: it was never to be applied';
COMMENT ON COLUMN change_plan.problems IS 'What could not be planned, a line each';
COMMENT ON COLUMN change_plan.decided_how IS 'silence: nobody answered in time, so no';
COMMENT ON COLUMN change_plan.why IS 'What the person said';

CREATE TABLE IF NOT EXISTS account_change (
    plan_id VARCHAR2(64 BYTE) NOT NULL,
    place NUMBER(18) NOT NULL CHECK (place >= 1),
    account VARCHAR2(128 BYTE) NOT NULL,
    target VARCHAR2(512 BYTE) NOT NULL,
    action VARCHAR2(32 BYTE) NOT NULL CHECK (action IN ('create', 'update', 'retire', 'unchanged')),
    before_document VARCHAR2(4000 BYTE),
    after_document VARCHAR2(4000 BYTE),
    found_version VARCHAR2(256 BYTE),
    reasons VARCHAR2(4000 BYTE),
    state VARCHAR2(32 BYTE) NOT NULL CHECK (
        state IN ('planned', 'begun', 'verified', 'refused', 'failed')
    ),
    told VARCHAR2(2000 BYTE),
    changed_at TIMESTAMP(6),
    CONSTRAINT account_change_pk PRIMARY KEY (plan_id, place)
);
COMMENT ON TABLE account_change IS 'One thing of an account as it was found and as it is wanted';
COMMENT ON COLUMN account_change.found_version IS 'The etag a conditional update names';
COMMENT ON COLUMN account_change.reasons IS 'Why, a line each';
COMMENT ON COLUMN account_change.state IS 'begun: perhaps half done; verified: read back as wanted';
COMMENT ON COLUMN account_change.told IS 'Why it was refused or failed';

CREATE TABLE IF NOT EXISTS budget (
    budget_id VARCHAR2(32 BYTE) NOT NULL,
    account VARCHAR2(128 BYTE) NOT NULL,
    budget_name VARCHAR2(512 BYTE) NOT NULL,
    amount NUMBER(38, 24) NOT NULL CHECK (amount > 0),
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    scope VARCHAR2(4000 BYTE) NOT NULL,
    managed NUMBER(18) NOT NULL CHECK (managed IN (0, 1)),
    read_at TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT budget_pk PRIMARY KEY (budget_id)
);
COMMENT ON TABLE budget IS 'The monthly budgets that accounts hold, as last read';
COMMENT ON COLUMN budget.budget_id IS '32 hex digits over account and name';
COMMENT ON COLUMN budget.scope IS 'JSON object: the part of the cost that it is of';
COMMENT ON COLUMN budget.managed IS '1 when it bears the marker tag';

CREATE TABLE IF NOT EXISTS budget_alert_rule (
    budget_id VARCHAR2(32 BYTE) NOT NULL,
    place NUMBER(18) NOT NULL CHECK (place >= 1),
    rule_type VARCHAR2(32 BYTE) NOT NULL CHECK (rule_type IN ('ACTUAL', 'FORECAST')),
    percent NUMBER(38, 24) NOT NULL CHECK (percent > 0),
    recipients VARCHAR2(4000 BYTE),
    CONSTRAINT budget_alert_rule_pk PRIMARY KEY (budget_id, place)
);
COMMENT ON TABLE budget_alert_rule IS 'When a budget tells its recipients';
COMMENT ON COLUMN budget_alert_rule.percent IS 'Of the amount, spent or forecast to be';
COMMENT ON COLUMN budget_alert_rule.recipients IS 'JSON list of addresses and topics';
