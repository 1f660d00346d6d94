-- The instant that the state of sources was last taken for.
SELECT MAX(as_of) AS as_of
FROM source_rhythm
