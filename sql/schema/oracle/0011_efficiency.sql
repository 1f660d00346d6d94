-- How well money is spent, and why two periods cost different amounts. Costs are in
-- billing_currency (of a series: its own); as_of is the instant that a run knew everything up to
-- and nothing after, UTC. A run replaces all of it.

CREATE TABLE IF NOT EXISTS efficiency_score (
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    effective_cost NUMBER(38, 24) NOT NULL,
    score NUMBER(38, 24) CHECK (score BETWEEN 0 AND 100),
    as_of TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT efficiency_score_pk PRIMARY KEY (billing_currency)
);
COMMENT ON TABLE efficiency_score IS 'How well the usage cost of the last days is spent';
COMMENT ON COLUMN efficiency_score.score IS '0 to 100; NULL when no part could be told';

CREATE TABLE IF NOT EXISTS efficiency_part (
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    part VARCHAR2(32 BYTE) NOT NULL,
    part_share NUMBER(38, 24) CHECK (part_share BETWEEN 0 AND 1),
    weight NUMBER(38, 24),
    part_cost NUMBER(38, 24),
    whole_cost NUMBER(38, 24),
    as_of TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT efficiency_part_pk PRIMARY KEY (billing_currency, part)
);
COMMENT ON TABLE efficiency_part IS 'What a score is made of; all NULL where it is not known';
COMMENT ON COLUMN efficiency_part.part_share IS '1 is best';
COMMENT ON COLUMN efficiency_part.weight IS 'Of the parts that could be told; they sum to 1';
COMMENT ON COLUMN efficiency_part.part_cost IS 'Used, saved, not in excess, or with every tag';

CREATE TABLE IF NOT EXISTS cost_change_split (
    series_id VARCHAR2(32 BYTE) NOT NULL,
    compared VARCHAR2(16 BYTE) NOT NULL CHECK (compared IN ('days_30', 'month')),
    before_first_day DATE NOT NULL,
    before_last_day DATE NOT NULL,
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    cost_before NUMBER(38, 24) NOT NULL,
    cost_after NUMBER(38, 24) NOT NULL,
    quantity_effect NUMBER(38, 24) NOT NULL,
    mix_effect NUMBER(38, 24) NOT NULL,
    price_effect NUMBER(38, 24) NOT NULL,
    other_effect NUMBER(38, 24) NOT NULL,
    as_of TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT cost_change_split_pk PRIMARY KEY (series_id, compared)
);
COMMENT ON TABLE cost_change_split IS 'Why a period costs more or less than the one before';
COMMENT ON COLUMN cost_change_split.compared IS 'days_30: as many days; month: whole months';
COMMENT ON COLUMN cost_change_split.other_effect IS 'Of charges without a SKU or quantity';

CREATE TABLE IF NOT EXISTS unit_cost (
    series_id VARCHAR2(32 BYTE) NOT NULL,
    unit VARCHAR2(256 BYTE) NOT NULL,
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    quantity NUMBER(38, 24) NOT NULL,
    cost NUMBER(38, 24) NOT NULL,
    cost_per_unit NUMBER(38, 24) NOT NULL,
    cost_per_unit_before NUMBER(38, 24),
    as_of TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT unit_cost_pk PRIMARY KEY (series_id, unit)
);
COMMENT ON TABLE unit_cost IS 'What a unit of a service costs, over all of its SKUs in that unit';
COMMENT ON COLUMN unit_cost.cost_per_unit_before IS 'In as many days before; NULL: not known';

CREATE TABLE IF NOT EXISTS unit_price_change (
    item_id VARCHAR2(32 BYTE) NOT NULL,
    change_day DATE NOT NULL,
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    provider_name VARCHAR2(256 BYTE) NOT NULL,
    service_name VARCHAR2(512 BYTE) NOT NULL,
    region_id VARCHAR2(256 BYTE),
    sku_id VARCHAR2(512 BYTE) NOT NULL,
    unit VARCHAR2(256 BYTE) NOT NULL,
    price_before NUMBER(38, 24) NOT NULL,
    price_after NUMBER(38, 24) NOT NULL,
    effect_cost NUMBER(38, 24) NOT NULL,
    as_of TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT unit_price_change_pk PRIMARY KEY (item_id, change_day)
);
COMMENT ON TABLE unit_price_change IS 'A SKU that costs another price per unit from a day on';
COMMENT ON COLUMN unit_price_change.item_id IS '32 hex digits over what has a price of its own';
COMMENT ON COLUMN unit_price_change.effect_cost IS 'What the days since cost more than before';
