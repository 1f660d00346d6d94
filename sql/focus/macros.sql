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

CREATE OR REPLACE TEMP MACRO month_end(moment) AS cast(
    last_day(cast(moment AS date)) + 1 AS timestamptz
);

-- where no contracted cost is stated, the list cost stands in, and its price with it
CREATE OR REPLACE TEMP MACRO contracted_price(contracted, contracted_cost, list) AS coalesce(
    contracted, CASE WHEN contracted_cost IS NULL THEN list END
);

-- what an amount is in the currency of prices, which is the one billed unless a provider names it
CREATE OR REPLACE TEMP MACRO in_pricing_currency(delivered, billed, pricing, billing) AS amount(
    coalesce(delivered, CASE WHEN coalesce(pricing = billing, pricing IS NULL) THEN billed END)
);

-- an OCID says what it identifies: ocid1.<type>.<realm>.<region>.<unique>
CREATE OR REPLACE TEMP MACRO resource_type(ocid) AS nullif(
    regexp_extract(ocid, '^ocid1\.([^.]+)\.', 1), ''
);

-- a number before a unit as digits: 10K Requests, Million Datapoints
CREATE OR REPLACE TEMP MACRO numbered(words) AS regexp_replace(
    regexp_replace(regexp_replace(words, '^(\d+)K ', '\1000 '), '^(\d+)M ', '\1000000 '),
    '^Million ', '1000000 '
);

-- Microsoft's units that only count: 10K, 1M, 1, 1/Month
CREATE OR REPLACE TEMP MACRO counted(words) AS regexp_replace(
    regexp_replace(
        regexp_replace(regexp_replace(words, '^(\d+)K$', '\1000'), '^(\d+)M$', '\1000000'),
        '^(\d+)$', '\1 Units'
    ),
    '^1 ?/', 'Units/'
);

CREATE OR REPLACE TEMP MACRO short_bytes(words) AS replace(
    replace(replace(words, 'Gigabyte', 'GB'), 'Terabyte', 'TB'), 'Megabyte', 'MB'
);

-- Oracle's unit as FOCUS writes one: OCPU-Hours, GB/Hour, or 10000 and words without a hyphen
CREATE OR REPLACE TEMP MACRO unit(words) AS CASE
    WHEN left(words, 1) BETWEEN '0' AND '9' OR starts_with(words, 'Million ')
        THEN replace(short_bytes(numbered(words)), '-', ' ')
    WHEN ends_with(words, 's')
        THEN regexp_replace(
            short_bytes(words), ' (Years|Months|Days|Hours|Minutes|Seconds)$', '-\1'
        )
    ELSE regexp_replace(
        short_bytes(words), ' Per (Year|Month|Day|Hour|Minute|Second)$', '/\1'
    )
END;
