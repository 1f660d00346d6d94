-- A text where the warehouse keeps at most so many bytes: what is longer is cut and marked. A
-- character has at most four bytes, the mark three.
CREATE OR REPLACE TEMP MACRO fitted(words, most) AS CASE
    WHEN strlen(words) > most THEN left(words, most // 4 - 1) || '…' ELSE words
END;
