-- A document that is read again, has changed or is gone.
DELETE FROM document_set_aside
WHERE set_aside_id = :set_aside_id
