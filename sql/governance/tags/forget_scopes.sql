-- All coverage by scope: the next run tells all of it.
DELETE FROM tag_scope_coverage
