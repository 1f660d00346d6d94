-- Whatever else is live makes way.
UPDATE embedding_release
SET state = :new_state, reason = COALESCE(:reason, reason), ended_at = :at
WHERE state = 'live' AND release_id <> :release_id
