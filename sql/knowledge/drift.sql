-- How well each release found when it was measured, the latest first.
SELECT
    r.release_id,
    r.release_number,
    r.state,
    r.model,
    q.as_of,
    MAX(q.questions) AS questions,
    MAX(CASE WHEN q.measure = 'ndcg_at_10' THEN q.amount END) AS ndcg,
    MAX(CASE WHEN q.measure = 'meaning_ndcg_at_10' THEN q.amount END) AS meaning_ndcg,
    MAX(CASE WHEN q.measure = 'judged_ndcg_at_10' THEN q.amount END) AS judged_ndcg,
    MAX(CASE WHEN q.measure = 'live_ndcg_at_10' THEN q.amount END) AS live_ndcg,
    MAX(CASE WHEN q.measure = 'recall_at_10' THEN q.amount END) AS recall,
    MAX(CASE WHEN q.measure = 'top_1_cosine' THEN q.amount END) AS top_1_cosine,
    MAX(CASE WHEN q.measure = 'kept_of_live' THEN q.amount END) AS kept_of_live,
    MAX(CASE WHEN q.measure = 'p50_ms' THEN q.amount END) AS p50_ms,
    MAX(CASE WHEN q.measure = 'p95_ms' THEN q.amount END) AS p95_ms
FROM release_quality q
INNER JOIN embedding_release r ON q.release_id = r.release_id
GROUP BY r.release_id, r.release_number, r.state, r.model, q.as_of
ORDER BY q.as_of DESC, r.release_number DESC
