-- By key and resource of the relation `tag_resource` that is untagged or wrong, the value that at
-- least $agreement of the tagged resources have that it has something in common with (relation
-- `tag_peer`): its own value of earlier days first (place 0), then by the place of what is in
-- common. What resources have in common counts only where as many of all tagged ones are as those
-- that they share it with: an owner says the cost center, an environment does not. Last comes the
-- value that its creator is named by (place 5; relations `tag_creator` and `creator_value`), where
-- as many of the tagged resources have their creator's.
WITH wanting AS (
    SELECT DISTINCT
        tag_key,
        provider_name,
        resource_id
    FROM tag_resource
    WHERE state IN ('untagged', 'wrong')
),

shared AS (
    SELECT tag_peer.*
    FROM tag_peer
    SEMI JOIN wanting
        ON
            tag_peer.tag_key = wanting.tag_key
            AND tag_peer.provider_name = wanting.provider_name
            AND tag_peer.resource_id = wanting.resource_id
),

tagged_day AS (
    SELECT DISTINCT
        tag_use.tag_key,
        tag_use.provider_name,
        tag_use.resource_id,
        tag_use.meant,
        tag_use.day
    FROM tag_use
    SEMI JOIN wanting
        ON
            tag_use.tag_key = wanting.tag_key
            AND tag_use.provider_name = wanting.provider_name
            AND tag_use.resource_id = wanting.resource_id
    WHERE tag_use.state = 'tagged'
),

earlier AS (
    SELECT
        tag_key,
        provider_name,
        resource_id,
        meant,
        count(*) AS agreeing,
        sum(count(*)) OVER (PARTITION BY tag_key, provider_name, resource_id) AS known
    FROM tagged_day
    GROUP BY tag_key, provider_name, resource_id, meant
),

tagged_peer AS (
    SELECT DISTINCT
        tag_peer.tag_key,
        tag_peer.place,
        tag_peer.rule_name,
        tag_peer.cloud,
        tag_peer.label,
        tag_peer.provider_name,
        tag_peer.resource_id,
        tag_resource.meant
    FROM tag_peer
    INNER JOIN tag_resource
        ON
            tag_peer.tag_key = tag_resource.tag_key
            AND tag_peer.provider_name = tag_resource.provider_name
            AND tag_peer.resource_id = tag_resource.resource_id
    WHERE tag_resource.state = 'tagged'
),

agreed AS (
    SELECT
        tag_key,
        place,
        rule_name,
        cloud,
        label,
        meant,
        count(*) AS agreeing,
        sum(count(*)) OVER (PARTITION BY tag_key, place, cloud, label) AS known,
        row_number() OVER (
            PARTITION BY tag_key, place, cloud, label
            ORDER BY count(*) DESC, meant ASC
        ) AS number
    FROM tagged_peer
    GROUP BY tag_key, place, rule_name, cloud, label, meant
),

rule AS (
    SELECT
        tag_key,
        place,
        rule_name
    FROM agreed
    WHERE number = 1
    GROUP BY tag_key, place, rule_name
    HAVING sum(agreeing) >= sum(known) * $agreement
),

creator AS (
    SELECT
        tag_resource.tag_key,
        tag_resource.provider_name,
        tag_resource.resource_id,
        tag_resource.state,
        tag_resource.meant AS tagged_value,
        tag_creator.creator_name,
        creator_value.meant
    FROM tag_resource
    INNER JOIN tag_creator
        ON
            tag_resource.provider_name = tag_creator.provider_name
            AND tag_resource.resource_id = tag_creator.resource_id
    INNER JOIN creator_value
        ON
            tag_resource.tag_key = creator_value.tag_key
            AND tag_creator.creator_name = creator_value.creator_name
),

naming AS (
    SELECT
        tag_key,
        count(CASE WHEN tagged_value = meant THEN 1 END) AS agreeing,
        count(*) AS known
    FROM creator
    WHERE state = 'tagged'
    GROUP BY tag_key
),

offered AS (
    SELECT
        tag_key,
        provider_name,
        resource_id,
        0 AS place,
        '' AS label,
        meant,
        agreeing,
        known
    FROM earlier
    UNION ALL
    SELECT
        shared.tag_key,
        shared.provider_name,
        shared.resource_id,
        shared.place,
        shared.label,
        agreed.meant,
        agreed.agreeing,
        agreed.known
    FROM shared
    INNER JOIN agreed
        ON
            shared.tag_key = agreed.tag_key
            AND shared.place = agreed.place
            AND shared.cloud = agreed.cloud
            AND shared.label = agreed.label
    INNER JOIN rule
        ON
            shared.tag_key = rule.tag_key
            AND shared.place = rule.place
            AND shared.rule_name = rule.rule_name
    UNION ALL
    SELECT
        creator.tag_key,
        creator.provider_name,
        creator.resource_id,
        5 AS place,
        creator.creator_name AS label,
        creator.meant,
        naming.agreeing,
        naming.known
    FROM creator
    INNER JOIN naming ON creator.tag_key = naming.tag_key
    WHERE creator.state IN ('untagged', 'wrong')
)

SELECT *
FROM offered
WHERE agreeing >= known * $agreement
QUALIFY row_number() OVER (
    PARTITION BY tag_key, provider_name, resource_id
    ORDER BY place ASC, (agreeing + 1) / (known + 2) DESC, label ASC, meant ASC
) = 1
