UPDATE correction
SET
    corrected_object_id = :corrected_object_id,
    corrected_record_number = :corrected_record_number,
    corrected_day = :corrected_day,
    corrected_billed_cost = :corrected_billed_cost,
    corrected_effective_cost = :corrected_effective_cost,
    corrected_quantity = :corrected_quantity,
    corrected_currency = :corrected_currency,
    days_apart = :days_apart,
    status = :status
WHERE object_id = :object_id AND record_number = :record_number
