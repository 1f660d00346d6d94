-- How well money is spent, and why two periods cost different amounts. Costs are in
-- billing_currency (of a series: its own); as_of is the instant that a run knew everything up to
-- and nothing after, UTC. A run replaces all of it.

CREATE TABLE efficiency_score (
    billing_currency VARCHAR NOT NULL PRIMARY KEY CHECK (strlen(billing_currency) <= 32),
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    effective_cost DECIMAL(38, 24) NOT NULL,
    score DECIMAL(38, 24) CHECK (score BETWEEN 0 AND 100),
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256)
);
COMMENT ON TABLE efficiency_score IS 'How well the usage cost of the last days is spent';
COMMENT ON COLUMN efficiency_score.score IS '0 to 100; NULL when no part could be told';

CREATE TABLE efficiency_part (
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    part VARCHAR NOT NULL CHECK (strlen(part) <= 32),
    part_share DECIMAL(38, 24) CHECK (part_share BETWEEN 0 AND 1),
    weight DECIMAL(38, 24),
    part_cost DECIMAL(38, 24),
    whole_cost DECIMAL(38, 24),
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (billing_currency, part)
);
COMMENT ON TABLE efficiency_part IS 'What a score is made of; all NULL where it is not known';
COMMENT ON COLUMN efficiency_part.part_share IS '1 is best';
COMMENT ON COLUMN efficiency_part.weight IS 'Of the parts that could be told; they sum to 1';
COMMENT ON COLUMN efficiency_part.part_cost IS 'Used, saved, not in excess, or with every tag';

CREATE TABLE cost_change_split (
    series_id VARCHAR NOT NULL CHECK (strlen(series_id) <= 32),
    compared VARCHAR NOT NULL CHECK (compared IN ('days_30', 'month')),
    before_first_day DATE NOT NULL,
    before_last_day DATE NOT NULL,
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    cost_before DECIMAL(38, 24) NOT NULL,
    cost_after DECIMAL(38, 24) NOT NULL,
    quantity_effect DECIMAL(38, 24) NOT NULL,
    mix_effect DECIMAL(38, 24) NOT NULL,
    price_effect DECIMAL(38, 24) NOT NULL,
    other_effect DECIMAL(38, 24) NOT NULL,
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (series_id, compared)
);
COMMENT ON TABLE cost_change_split IS 'Why a period costs more or less than the one before';
COMMENT ON COLUMN cost_change_split.compared IS 'days_30: as many days; month: whole months';
COMMENT ON COLUMN cost_change_split.other_effect IS 'Of charges without a SKU or quantity';

CREATE TABLE unit_cost (
    series_id VARCHAR NOT NULL CHECK (strlen(series_id) <= 32),
    unit VARCHAR NOT NULL CHECK (strlen(unit) <= 256),
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    quantity DECIMAL(38, 24) NOT NULL,
    cost DECIMAL(38, 24) NOT NULL,
    cost_per_unit DECIMAL(38, 24) NOT NULL,
    cost_per_unit_before DECIMAL(38, 24),
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (series_id, unit)
);
COMMENT ON TABLE unit_cost IS 'What a unit of a service costs, over all of its SKUs in that unit';
COMMENT ON COLUMN unit_cost.cost_per_unit_before IS 'In as many days before; NULL: not known';

CREATE TABLE unit_price_change (
    item_id VARCHAR NOT NULL CHECK (strlen(item_id) <= 32),
    change_day DATE NOT NULL,
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    provider_name VARCHAR NOT NULL CHECK (strlen(provider_name) <= 256),
    service_name VARCHAR NOT NULL CHECK (strlen(service_name) <= 512),
    region_id VARCHAR CHECK (strlen(region_id) <= 256),
    sku_id VARCHAR NOT NULL CHECK (strlen(sku_id) <= 512),
    unit VARCHAR NOT NULL CHECK (strlen(unit) <= 256),
    price_before DECIMAL(38, 24) NOT NULL,
    price_after DECIMAL(38, 24) NOT NULL,
    effect_cost DECIMAL(38, 24) NOT NULL,
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (item_id, change_day)
);
COMMENT ON TABLE unit_price_change IS 'A SKU that costs another price per unit from a day on';
COMMENT ON COLUMN unit_price_change.item_id IS '32 hex digits over what has a price of its own';
COMMENT ON COLUMN unit_price_change.effect_cost IS 'What the days since cost more than before';
