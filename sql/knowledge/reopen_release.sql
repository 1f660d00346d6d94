-- A release that is made ready once more, of the same documents.
UPDATE embedding_release
SET
    state = 'building',
    prep_key = :prep_key,
    reason = NULL,
    run_id = :run_id,
    as_of = :as_of,
    ended_at = NULL
WHERE release_id = :release_id
