-- What a person asks in the terminal: that the next run plans the reverse of a plan.

CREATE TABLE IF NOT EXISTS undo_wish (
    plan_id VARCHAR2(64 BYTE) NOT NULL,
    asked_at TIMESTAMP(6) NOT NULL,
    asked_by VARCHAR2(256 BYTE) NOT NULL,
    because VARCHAR2(2000 BYTE) NOT NULL,
    run_id VARCHAR2(256 BYTE),
    CONSTRAINT undo_wish_pk PRIMARY KEY (plan_id, asked_at)
);
COMMENT ON TABLE undo_wish IS 'A plan that somebody asked to take back, and which run planned it';
COMMENT ON COLUMN undo_wish.plan_id IS 'The plan that is to be taken back';
COMMENT ON COLUMN undo_wish.because IS 'What the person said';
COMMENT ON COLUMN undo_wish.run_id IS 'The run that planned it; NULL while it waits for one';
