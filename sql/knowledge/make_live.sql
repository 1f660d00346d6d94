-- From here on it is searched.
UPDATE embedding_release
SET state = 'live', reason = :reason, released_at = :at, ended_at = NULL
WHERE release_id = :release_id AND state <> 'live'
