-- Every tag set of the view `counted_line`, one row per configured tag key ($tag_keys) that it has.
WITH tagged AS (
    SELECT DISTINCT
        list_filter(
            list_transform($tag_keys, LAMBDA k: [k, Tags[k]]),
            LAMBDA pair: pair[2] IS NOT NULL
        ) AS pairs
    FROM counted_line
),

paired AS (
    SELECT
        md5(to_json(pairs)) AS tag_set_id,
        unnest(pairs) AS pair
    FROM tagged
)

SELECT
    tag_set_id,
    pair[1] AS tag_key,
    fitted(pair[2], 2048) AS tag_value
FROM paired
ORDER BY tag_set_id, tag_key
