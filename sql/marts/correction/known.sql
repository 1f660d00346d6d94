-- Every correction: where it is, what it points back to, and on which day that was found.
SELECT
    object_id,
    record_number,
    provider,
    charge_day,
    account,
    corrected_reference,
    corrected_day
FROM correction
