-- Which of the versions in a JSON array there are.
SELECT document_version FROM document
WHERE list_contains(from_json(:versions, '["VARCHAR"]'), document_version)
