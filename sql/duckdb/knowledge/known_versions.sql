-- Which of the versions in a JSON array there are.
SELECT d.document_version
FROM (SELECT UNNEST(FROM_JSON(:versions, '["VARCHAR"]')) AS document_version) w
INNER JOIN document d ON w.document_version = d.document_version
