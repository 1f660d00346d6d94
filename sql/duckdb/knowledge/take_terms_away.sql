-- Until they are back in order, within one transaction.
DELETE FROM chunk_term
