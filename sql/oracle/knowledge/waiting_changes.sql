-- Changes that the index does not have yet.
SELECT
    CAST(
        COALESCE(SUM(COALESCE(changes.num_inserts, 0) + COALESCE(changes.num_deletes, 0)), 0)
        AS NUMBER(18)
    ) AS waiting
FROM v$vector_index of_index
INNER JOIN v$vector_change_log_partition changes ON of_index.index_objn = changes.index_objn
WHERE
    of_index.owner = SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA')
    AND of_index.index_name = UPPER(:index_name)
