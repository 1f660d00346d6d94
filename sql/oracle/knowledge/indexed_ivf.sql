-- How many vectors the partitions hold.
SELECT CAST(num_vectors AS NUMBER(18)) AS indexed
FROM v$vector_partitions_index
WHERE owner = SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') AND index_name = UPPER(:index_name)
