-- The value of each key that most tagged resources of a sub account have, with how many have it
-- (agreeing) of how many (known), by the account that pays for it.
WITH place AS (
    SELECT DISTINCT
        provider_name,
        resource_id,
        payer_id
    FROM tag_line
    WHERE resource_id IS NOT NULL
),

counted AS (
    SELECT
        tag_resource.provider_name,
        place.payer_id,
        tag_resource.sub_account_id,
        tag_resource.tag_key,
        tag_resource.meant,
        count(DISTINCT tag_resource.resource_id) AS agreeing
    FROM tag_resource
    INNER JOIN place
        ON
            tag_resource.provider_name = place.provider_name
            AND tag_resource.resource_id = place.resource_id
    WHERE tag_resource.state = 'tagged' AND tag_resource.sub_account_id IS NOT NULL
    GROUP BY
        tag_resource.provider_name,
        place.payer_id,
        tag_resource.sub_account_id,
        tag_resource.tag_key,
        tag_resource.meant
)

SELECT
    *,
    sum(agreeing) OVER (
        PARTITION BY provider_name, payer_id, sub_account_id, tag_key
    ) AS known
FROM counted
QUALIFY
    row_number() OVER (
        PARTITION BY provider_name, payer_id, sub_account_id, tag_key
        ORDER BY agreeing DESC, meant ASC
    ) = 1
ORDER BY provider_name, payer_id, sub_account_id, tag_key
