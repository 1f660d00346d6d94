-- Changes to cloud accounts: planned, decided, applied, read back; and the budgets as last read.
-- Documents are JSON. What is decided and applied bears the time of day when that was.

CREATE TABLE change_plan (
    plan_id VARCHAR NOT NULL CHECK (strlen(plan_id) <= 64),
    area VARCHAR NOT NULL CHECK (strlen(area) <= 32),
    state VARCHAR NOT NULL CHECK (
        state IN ('proposed', 'approved', 'rejected', 'superseded', 'applied', 'failed')
    ),
    dry_run BIGINT NOT NULL CHECK (dry_run IN (0, 1)),
    problems VARCHAR CHECK (strlen(problems) <= 4000),
    decided_how VARCHAR CHECK (decided_how IN ('person', 'policy', 'silence')),
    decided_by VARCHAR CHECK (strlen(decided_by) <= 256),
    decided_at TIMESTAMP,
    why VARCHAR CHECK (strlen(why) <= 2000),
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (plan_id)
);
COMMENT ON TABLE change_plan IS 'What a run wants to change in accounts, and who let it';
COMMENT ON COLUMN change_plan.area IS 'budget, remediation, ...';
COMMENT ON COLUMN change_plan.dry_run IS '1: it was never to be applied';
COMMENT ON COLUMN change_plan.problems IS 'What could not be planned, a line each';
COMMENT ON COLUMN change_plan.decided_how IS 'silence: nobody answered in time, so no';
COMMENT ON COLUMN change_plan.why IS 'What the person said';

CREATE TABLE account_change (
    plan_id VARCHAR NOT NULL CHECK (strlen(plan_id) <= 64),
    place BIGINT NOT NULL CHECK (place >= 1),
    account VARCHAR NOT NULL CHECK (strlen(account) <= 128),
    target VARCHAR NOT NULL CHECK (strlen(target) <= 512),
    action VARCHAR NOT NULL CHECK (action IN ('create', 'update', 'retire', 'unchanged')),
    before_document VARCHAR CHECK (strlen(before_document) <= 4000),
    after_document VARCHAR CHECK (strlen(after_document) <= 4000),
    found_version VARCHAR CHECK (strlen(found_version) <= 256),
    reasons VARCHAR CHECK (strlen(reasons) <= 4000),
    state VARCHAR NOT NULL CHECK (
        state IN ('planned', 'begun', 'verified', 'refused', 'failed')
    ),
    told VARCHAR CHECK (strlen(told) <= 2000),
    changed_at TIMESTAMP,
    PRIMARY KEY (plan_id, place)
);
COMMENT ON TABLE account_change IS 'One thing of an account as it was found and as it is wanted';
COMMENT ON COLUMN account_change.found_version IS 'The etag a conditional update names';
COMMENT ON COLUMN account_change.reasons IS 'Why, a line each';
COMMENT ON COLUMN account_change.state IS 'begun: perhaps half done; verified: read back as wanted';
COMMENT ON COLUMN account_change.told IS 'Why it was refused or failed';

CREATE TABLE budget (
    budget_id VARCHAR NOT NULL CHECK (strlen(budget_id) <= 32),
    account VARCHAR NOT NULL CHECK (strlen(account) <= 128),
    budget_name VARCHAR NOT NULL CHECK (strlen(budget_name) <= 512),
    amount DECIMAL(38, 24) NOT NULL CHECK (amount > 0),
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    scope VARCHAR NOT NULL CHECK (strlen(scope) <= 4000),
    managed BIGINT NOT NULL CHECK (managed IN (0, 1)),
    read_at TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (budget_id)
);
COMMENT ON TABLE budget IS 'The monthly budgets that accounts hold, as last read';
COMMENT ON COLUMN budget.budget_id IS '32 hex digits over account and name';
COMMENT ON COLUMN budget.scope IS 'JSON object: the part of the cost that it is of';
COMMENT ON COLUMN budget.managed IS '1 when it bears the marker tag';

CREATE TABLE budget_alert_rule (
    budget_id VARCHAR NOT NULL CHECK (strlen(budget_id) <= 32),
    place BIGINT NOT NULL CHECK (place >= 1),
    rule_type VARCHAR NOT NULL CHECK (rule_type IN ('ACTUAL', 'FORECAST')),
    percent DECIMAL(38, 24) NOT NULL CHECK (percent > 0),
    recipients VARCHAR CHECK (strlen(recipients) <= 4000),
    PRIMARY KEY (budget_id, place)
);
COMMENT ON TABLE budget_alert_rule IS 'When a budget tells its recipients';
COMMENT ON COLUMN budget_alert_rule.percent IS 'Of the amount, spent or forecast to be';
COMMENT ON COLUMN budget_alert_rule.recipients IS 'JSON list of addresses and topics';
