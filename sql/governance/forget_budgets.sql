-- An account's budgets, before those that were read now take their place.
DELETE FROM budget
WHERE account = :account
