DELETE FROM search_feedback
WHERE feedback_id = :feedback_id
