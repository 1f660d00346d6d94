-- The lines of the view `line` that count: all but those of the relation `displaced`.
SELECT line.*
FROM line
ANTI JOIN displaced
    ON
        line.x_object_id = displaced.x_object_id
        AND line.x_record_number = displaced.x_record_number
