-- How a search would be run.
EXPLAIN PLAN SET STATEMENT_ID = '{vector_table}' FOR -- noqa: PRS
SELECT chunk_id
FROM {vector_table}
ORDER BY VECTOR_DISTANCE(embedding, :question, COSINE)
FETCH APPROX FIRST 10 ROWS ONLY
