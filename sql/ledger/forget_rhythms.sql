DELETE FROM source_rhythm
