-- Which tag sets of the staged rows are known.
SELECT DISTINCT tag_set_value.tag_set_id
FROM tag_set_value
INNER JOIN daily_cost_stage ON tag_set_value.tag_set_id = daily_cost_stage.tag_set_id
