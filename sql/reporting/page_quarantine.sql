-- The lines that were set aside; rows :first_row to :last_row, filtered by whichever of
-- :source_name, :object_id and :reason_part is given.
WITH numbered AS (
    SELECT
        quarantine.object_id,
        source_object.source,
        source_object.uri,
        quarantine.record_number,
        quarantine.line_number,
        quarantine.column_name,
        quarantine.reason,
        quarantine.original_text,
        CAST(
            ROW_NUMBER() OVER (
                ORDER BY
                    source_object.delivered_at DESC,
                    source_object.uri ASC,
                    quarantine.record_number ASC
            ) AS DECIMAL(18, 0)
        ) AS place,
        CAST(COUNT(*) OVER () AS DECIMAL(18, 0)) AS total
    FROM quarantine
    INNER JOIN source_object ON quarantine.object_id = source_object.object_id
    WHERE
        (:source_name IS NULL OR source_object.source = :source_name)
        AND (:object_id IS NULL OR quarantine.object_id = :object_id)
        AND (:reason_part IS NULL OR INSTR(LOWER(quarantine.reason), LOWER(:reason_part)) > 0)
)

SELECT
    object_id,
    source,
    uri,
    record_number,
    line_number,
    column_name,
    reason,
    original_text,
    total
FROM numbered
WHERE place BETWEEN :first_row AND :last_row
ORDER BY place
