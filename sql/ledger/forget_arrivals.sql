DELETE FROM arrival
