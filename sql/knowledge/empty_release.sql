-- Its table was dropped: what was counted of it is no longer so.
UPDATE embedding_release
SET embedded = 0, reused = 0, holes = 0, ghosts = 0, index_kind = NULL
WHERE release_id = :release_id
