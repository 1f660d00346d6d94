-- What a person asks in the terminal: that the next run plans the reverse of a plan.

CREATE TABLE undo_wish (
    plan_id VARCHAR NOT NULL CHECK (strlen(plan_id) <= 64),
    asked_at TIMESTAMP NOT NULL,
    asked_by VARCHAR NOT NULL CHECK (strlen(asked_by) <= 256),
    because VARCHAR NOT NULL CHECK (strlen(because) <= 2000),
    run_id VARCHAR CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (plan_id, asked_at)
);
COMMENT ON TABLE undo_wish IS 'A plan that somebody asked to take back, and which run planned it';
COMMENT ON COLUMN undo_wish.plan_id IS 'The plan that is to be taken back';
COMMENT ON COLUMN undo_wish.because IS 'What the person said';
COMMENT ON COLUMN undo_wish.run_id IS 'The run that planned it; NULL while it waits for one';
