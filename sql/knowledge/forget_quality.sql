DELETE FROM release_quality
WHERE release_id = :release_id AND as_of = :known_at
