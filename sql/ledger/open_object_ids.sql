-- The objects of every source that a run found and that are not taken in yet.
SELECT object_id
FROM open_object
