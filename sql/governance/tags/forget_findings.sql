-- All findings: the next run tells all of them.
DELETE FROM tag_finding
