-- Rules that the database itself holds to: domains, keys between tables, assertions. What an
-- earlier version than 23.26.1 cannot hold to, and DuckDB, are queries: sql/governance/guards.
-- The dialect's parser does not know the statements marked PRS; a checker of their own reads them.

CREATE TABLE IF NOT EXISTS budget_alert_email (
    budget_id VARCHAR2(32 BYTE) NOT NULL,
    place NUMBER(18) NOT NULL CHECK (place >= 1),
    email VARCHAR2(512 BYTE) NOT NULL,
    CONSTRAINT budget_alert_email_pk PRIMARY KEY (budget_id, place, email)
);
COMMENT ON TABLE budget_alert_email IS 'The e-mail addresses that an alert rule tells';

CREATE TABLE IF NOT EXISTS budget_alert (
    alert_id VARCHAR2(64 BYTE) NOT NULL,
    first_seen TIMESTAMP(6) NOT NULL,
    budget_id VARCHAR2(32 BYTE) NOT NULL,
    CONSTRAINT budget_alert_pk PRIMARY KEY (alert_id, first_seen)
);
COMMENT ON TABLE budget_alert IS 'The budget that an alert is of';

CREATE DOMAIN IF NOT EXISTS money_amount AS NUMBER(38, 24) -- noqa: PRS
ANNOTATIONS (meaning 'Money, exact to 24 decimals', unit 'The row''s billing_currency');

CREATE DOMAIN IF NOT EXISTS currency_code AS VARCHAR2(32 BYTE) -- noqa: PRS
CONSTRAINT currency_code_ck CHECK (
    LENGTH(currency_code) = 3
    AND TRANSLATE(currency_code, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'AAAAAAAAAAAAAAAAAAAAAAAAAA') = 'AAA'
)
ANNOTATIONS (meaning 'ISO 4217 code; XXX where there is none');

CREATE DOMAIN IF NOT EXISTS email_address AS VARCHAR2(512 BYTE) -- noqa: PRS
CONSTRAINT email_address_ck CHECK (
    email_address LIKE '%_@_%' AND INSTR(email_address, ' ') = 0
)
ANNOTATIONS (meaning 'One e-mail address');

-- unless: SELECT column_name FROM user_tab_columns
--   WHERE table_name = 'BUDGET' AND domain_name IS NOT NULL
ALTER TABLE budget MODIFY ( -- noqa: PRS
    amount DOMAIN money_amount,
    billing_currency DOMAIN currency_code
);

-- unless: SELECT column_name FROM user_tab_columns
--   WHERE table_name = 'BUDGET_STATUS' AND domain_name IS NOT NULL
ALTER TABLE budget_status MODIFY ( -- noqa: PRS
    amount DOMAIN money_amount,
    actual_cost DOMAIN money_amount,
    forecast_cost DOMAIN money_amount,
    billing_currency DOMAIN currency_code
);

-- unless: SELECT column_name FROM user_tab_columns
--   WHERE table_name = 'BUDGET_ALERT_EMAIL' AND domain_name IS NOT NULL
ALTER TABLE budget_alert_email MODIFY (email DOMAIN email_address); -- noqa: PRS

-- unless: SELECT column_name FROM user_tab_columns
--   WHERE table_name = 'CHARGEBACK_PERIOD' AND domain_name IS NOT NULL
ALTER TABLE chargeback_period MODIFY ( -- noqa: PRS
    total_cost DOMAIN money_amount,
    billing_currency DOMAIN currency_code
);

-- unless: SELECT column_name FROM user_tab_columns
--   WHERE table_name = 'CHARGEBACK_LINE' AND domain_name IS NOT NULL
ALTER TABLE chargeback_line MODIFY (amount DOMAIN money_amount); -- noqa: PRS

-- unless: SELECT column_name FROM user_tab_columns
--   WHERE table_name = 'CHARGEBACK_CHANGE' AND domain_name IS NOT NULL
ALTER TABLE chargeback_change MODIFY ( -- noqa: PRS
    amount_before DOMAIN money_amount,
    amount_after DOMAIN money_amount
);

ALTER TABLE budget ANNOTATIONS ( -- noqa: PRS
    ADD OR REPLACE meaning 'The monthly budgets that accounts hold, as last read',
    ADD OR REPLACE written_by 'budget_governance'
);
ALTER TABLE budget_alert_rule ANNOTATIONS ( -- noqa: PRS
    ADD OR REPLACE meaning 'When a budget tells its recipients',
    ADD OR REPLACE written_by 'budget_governance'
);
ALTER TABLE budget_status ANNOTATIONS ( -- noqa: PRS
    ADD OR REPLACE meaning 'What of each budget of a month is spent, and will be',
    ADD OR REPLACE written_by 'budget_monitoring'
);
ALTER TABLE alert ANNOTATIONS ( -- noqa: PRS
    ADD OR REPLACE meaning 'What somebody should know, until it is resolved',
    ADD OR REPLACE written_by 'budget_monitoring'
);
ALTER TABLE chargeback_period ANNOTATIONS ( -- noqa: PRS
    ADD OR REPLACE meaning 'Versions of what a month in a currency charges to whom',
    ADD OR REPLACE written_by 'chargeback'
);
ALTER TABLE chargeback_line ANNOTATIONS ( -- noqa: PRS
    ADD OR REPLACE meaning 'Who bears what of a month; the sum is the bill',
    ADD OR REPLACE written_by 'chargeback'
);
ALTER TABLE budget MODIFY (
    amount ANNOTATIONS (ADD OR REPLACE unit 'a month, in billing_currency')
);
ALTER TABLE budget_alert_rule MODIFY (
    percent ANNOTATIONS (ADD OR REPLACE unit 'percent of the budget''s amount')
);
ALTER TABLE budget_status MODIFY (
    actual_cost ANNOTATIONS (ADD OR REPLACE unit 'the month so far, in billing_currency'),
    forecast_cost ANNOTATIONS (ADD OR REPLACE unit 'the whole month, in billing_currency'),
    actual_percent ANNOTATIONS (ADD OR REPLACE unit 'percent of amount'),
    forecast_percent ANNOTATIONS (ADD OR REPLACE unit 'percent of amount'),
    days_left ANNOTATIONS (ADD OR REPLACE unit 'days')
);
ALTER TABLE chargeback_period MODIFY (
    total_cost ANNOTATIONS (ADD OR REPLACE unit 'the month''s bill, in billing_currency')
);
ALTER TABLE chargeback_line MODIFY (
    amount ANNOTATIONS (ADD OR REPLACE unit 'the month, in billing_currency')
);

-- To be read, not written: a budget is changed in its account, by an approved plan.
CREATE OR REPLACE JSON RELATIONAL DUALITY VIEW budget_document AS -- noqa: PRS
SELECT JSON {
    '_id': b.budget_id,
    'account': b.account,
    'name': b.budget_name,
    'amount': b.amount,
    'currency': b.billing_currency,
    'scope': b.scope,
    'managed': b.managed,
    'readAt': b.read_at,
    'rules': [
        SELECT JSON {
            'place': r.place,
            'type': r.rule_type,
            'percent': r.percent,
            'recipients': r.recipients
        }
        FROM budget_alert_rule r WITH NOINSERT NOUPDATE NODELETE
        WHERE r.budget_id = b.budget_id
    ]
}
FROM budget b WITH NOINSERT NOUPDATE NODELETE;

-- Rows are replaced as a whole, parents first, so keys are held to at the transaction's end.
-- What is there already is not looked at again: the queries tell of it.
-- unless: SELECT constraint_name FROM user_constraints
--   WHERE constraint_name = 'BUDGET_ALERT_RULE_BUDGET_FK'
ALTER TABLE budget_alert_rule ADD CONSTRAINT budget_alert_rule_budget_fk
FOREIGN KEY (budget_id) REFERENCES budget (budget_id)
DEFERRABLE INITIALLY DEFERRED ENABLE NOVALIDATE;

-- unless: SELECT constraint_name FROM user_constraints
--   WHERE constraint_name = 'BUDGET_ALERT_EMAIL_RULE_FK'
ALTER TABLE budget_alert_email ADD CONSTRAINT budget_alert_email_rule_fk
FOREIGN KEY (budget_id, place) REFERENCES budget_alert_rule (budget_id, place)
DEFERRABLE INITIALLY DEFERRED ENABLE NOVALIDATE;

-- unless: SELECT constraint_name FROM user_constraints
--   WHERE constraint_name = 'BUDGET_ALERT_ALERT_FK'
ALTER TABLE budget_alert ADD CONSTRAINT budget_alert_alert_fk
FOREIGN KEY (alert_id, first_seen) REFERENCES alert (alert_id, first_seen)
DEFERRABLE INITIALLY DEFERRED ENABLE NOVALIDATE;

-- unless: SELECT constraint_name FROM user_constraints
--   WHERE constraint_name = 'CHARGEBACK_CHANGE_PERIOD_FK'
ALTER TABLE chargeback_change ADD CONSTRAINT chargeback_change_period_fk
FOREIGN KEY (charge_month, billing_currency, version)
REFERENCES chargeback_period (charge_month, billing_currency, version)
DEFERRABLE INITIALLY DEFERRED ENABLE NOVALIDATE;

-- before: 23.26.1
-- unless: SELECT constraint_name FROM user_constraints
--   WHERE constraint_name = 'CHARGEBACK_LINE_PERIOD_FK'
ALTER TABLE chargeback_line ADD CONSTRAINT chargeback_line_period_fk
FOREIGN KEY (charge_month, billing_currency, version)
REFERENCES chargeback_period (charge_month, billing_currency, version)
DEFERRABLE INITIALLY DEFERRED ENABLE NOVALIDATE;

-- requires: 23.26.1
CREATE ASSERTION IF NOT EXISTS chargeback_line_has_period CHECK ( -- noqa: PRS
    NOT EXISTS (
        SELECT 'a line outside an open or closed period'
        FROM chargeback_line l
        WHERE NOT EXISTS (
            SELECT 'its period'
            FROM chargeback_period p
            WHERE
                p.charge_month = l.charge_month
                AND p.billing_currency = l.billing_currency
                AND p.version = l.version
                AND (p.state = 'open' OR p.state = 'closed')
        )
    )
) DEFERRABLE INITIALLY DEFERRED ENABLE NOVALIDATE;

-- requires: 23.26.1
CREATE ASSERTION IF NOT EXISTS budget_has_rule CHECK ( -- noqa: PRS
    NOT EXISTS (
        SELECT 'a managed budget without an alert rule'
        FROM budget b
        WHERE
            b.managed = 1
            AND NOT EXISTS (
                SELECT 'a rule of it'
                FROM budget_alert_rule r
                WHERE r.budget_id = b.budget_id
            )
    )
) DEFERRABLE INITIALLY DEFERRED ENABLE NOVALIDATE;

-- requires: 23.26.1
CREATE ASSERTION IF NOT EXISTS budget_alert_has_budget CHECK ( -- noqa: PRS
    NOT EXISTS (
        SELECT 'an alert of a budget that fires, and no budget with a status'
        FROM alert a
        WHERE
            a.state = 'firing'
            AND (a.kind = 'budget_actual' OR a.kind = 'budget_forecast')
            AND NOT EXISTS (
                SELECT 'its budget'
                FROM budget_alert l, budget_status s
                WHERE
                    l.alert_id = a.alert_id
                    AND l.first_seen = a.first_seen
                    AND s.budget_id = l.budget_id
            )
    )
) DEFERRABLE INITIALLY DEFERRED ENABLE NOVALIDATE;
