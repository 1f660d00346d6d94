DELETE FROM unit_cost
