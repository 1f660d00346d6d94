-- A sum of any length, as the texts of its whole part and its fraction, to be added up.
CREATE OR REPLACE TEMP MACRO total(amount) AS coalesce(
    cast(sum(trunc(amount)) AS varchar) || '|' || cast(sum(amount - trunc(amount)) AS varchar),
    '0|0'
);
