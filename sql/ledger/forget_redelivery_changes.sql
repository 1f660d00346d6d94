-- What the journal after a version says anew.
DELETE FROM redelivery_change
WHERE lake_version > :version
