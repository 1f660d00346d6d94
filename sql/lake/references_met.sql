-- Which corrections of the relation `known` point back to a counted line of these days.
SELECT DISTINCT
    known.provider,
    known.account,
    known.corrected_reference
FROM known
SEMI JOIN counted_line
    ON
        known.corrected_reference = counted_line.x_reference_number
        AND known.provider = counted_line.provider
        AND known.account = account_of(counted_line.BillingAccountId, counted_line.SubAccountId)
