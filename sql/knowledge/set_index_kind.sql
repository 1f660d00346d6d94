-- How its table is searched; NULL while rows come and go.
UPDATE embedding_release
SET index_kind = :index_kind
WHERE release_id = :release_id
