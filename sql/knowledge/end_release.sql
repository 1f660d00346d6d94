-- It is refused or dropped.
UPDATE embedding_release
SET state = :new_state, reason = COALESCE(:reason, reason), ended_at = :at
WHERE release_id = :release_id
