-- Every release, the newest first.
SELECT
    release_id,
    release_number,
    state,
    embedding_key,
    prep_key,
    model,
    model_precision,
    dimensions,
    documents,
    chunks,
    embedded,
    reused,
    holes,
    ghosts,
    index_kind,
    reason,
    run_id,
    as_of,
    released_at,
    ended_at
FROM embedding_release
ORDER BY release_number DESC
