-- What was proposed before and never decided gives way to a newer plan of the area.
UPDATE change_plan
SET state = 'superseded'
WHERE area = :area AND state = 'proposed' AND plan_id <> :plan_id
