-- How a raw cell becomes a value. The reader has checked every cell before: none of these fails.

CREATE OR REPLACE TEMP MACRO amount(cell) AS cast(cell AS decimal(38, 24));

-- a price times a quantity, each to 12 decimals; NULL where that is too long
CREATE OR REPLACE TEMP MACRO product(price, quantity) AS try(
    cast(price AS decimal(38, 12)) * cast(quantity AS decimal(38, 12))
);

CREATE OR REPLACE TEMP MACRO instant(cell) AS cast(cell AS timestamptz);

-- the map of those (key, value) that have a value
CREATE OR REPLACE TEMP MACRO stated(entries) AS map_from_entries(
    list_filter(entries, LAMBDA entry: entry[2] IS NOT NULL)
);

-- a JSON object of tags; tags without a value are no tags
CREATE OR REPLACE TEMP MACRO json_tags(cell) AS map_from_entries(
    list_filter(
        map_entries(cast(cast(coalesce(cell, '{}') AS json) AS MAP (varchar, varchar))),
        LAMBDA entry: entry.value <> ''
    )
);

-- CUR 2.0 says user_team for the tag that the user named team
CREATE OR REPLACE TEMP MACRO without_user(tags) AS map_from_entries(
    list_transform(
        map_entries(tags),
        LAMBDA tag: {
            'key': CASE
                WHEN starts_with(tag.key, 'user_') AND NOT map_contains(tags, tag.key[6:])
                    THEN tag.key[6:]
                ELSE tag.key
            END,
            'value': tag.value
        }
    )
);

-- FOCUS allows no null here: a service that no table knows is of the category Other
CREATE OR REPLACE TEMP MACRO category(delivered, known) AS coalesce(delivered, known, 'Other');

-- the subcategory has one parent category, so a known one only counts under the category it is of
CREATE OR REPLACE TEMP MACRO subcategory(delivered, of_category, known_category, known) AS coalesce(
    delivered,
    CASE WHEN of_category = known_category THEN known ELSE 'Other (' || of_category || ')' END
);

CREATE OR REPLACE TEMP MACRO month_start(moment) AS date_trunc('month', moment);

CREATE OR REPLACE TEMP MACRO month_end(moment) AS date_trunc('month', moment) + INTERVAL 1 MONTH;
