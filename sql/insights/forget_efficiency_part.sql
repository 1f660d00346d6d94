DELETE FROM efficiency_part
