-- The days of the view `line` that hold a reference number of the relation `wanted`; reads that
-- column alone.
SELECT DISTINCT
    line.provider,
    line.day
FROM line
SEMI JOIN wanted ON line.x_reference_number = wanted.corrected_reference
