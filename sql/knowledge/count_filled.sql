-- What came into a release's table, or was taken out.
UPDATE embedding_release
SET
    embedded = embedded + :embedded,
    reused = reused + :reused,
    holes = holes + :holes,
    ghosts = ghosts + :ghosts
WHERE release_id = :release_id
