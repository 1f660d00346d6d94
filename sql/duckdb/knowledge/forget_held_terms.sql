-- What was held is back.
DROP TABLE held_terms
