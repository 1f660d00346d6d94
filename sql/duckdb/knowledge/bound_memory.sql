-- What does not fit goes to disk: putting words in order takes no more than this, however many.
SET memory_limit = '500MB'
