-- How a raw cell becomes a value. The reader has checked every cell before: none of these fails.

CREATE OR REPLACE TEMP MACRO amount(cell) AS cast(cell AS decimal(38, 24));

CREATE OR REPLACE TEMP MACRO instant(cell) AS cast(cell AS timestamptz);

-- a JSON object of tags; tags without a value are no tags
CREATE OR REPLACE TEMP MACRO json_tags(cell) AS map_from_entries(
    list_filter(
        map_entries(cast(cast(coalesce(cell, '{}') AS json) AS MAP (varchar, varchar))),
        LAMBDA entry: entry.value <> ''
    )
);

CREATE OR REPLACE TEMP MACRO month_start(moment) AS date_trunc('month', moment);

CREATE OR REPLACE TEMP MACRO month_end(moment) AS date_trunc('month', moment) + INTERVAL 1 MONTH;
