-- What was found in an export's folder by an instant and does not stand: the delivery that was
-- complete at that instant says anew what counts there.
DELETE FROM open_object
WHERE substr(uri, 1, length(:folder)) = :folder AND delivered_at <= :until
