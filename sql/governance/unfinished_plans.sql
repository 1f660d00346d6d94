-- Approved plans of an area that a run did not come to the end of, oldest first.
SELECT
    plan_id,
    as_of
FROM change_plan
WHERE area = :area AND state = 'approved'
ORDER BY as_of, plan_id
