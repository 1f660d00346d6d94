-- What was set aside long ago is looked at again, should it still be there.
DELETE FROM document_set_aside
WHERE as_of < :saved_before
