-- What a run found at a stage, before it is written again.
DELETE FROM quality_result
WHERE
    run_id = :run_id
    AND stage = :stage
