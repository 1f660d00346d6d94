-- As it was.
RESET memory_limit
