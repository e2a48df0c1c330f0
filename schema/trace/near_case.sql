-- The same queue ID in other case (reads the index of queue IDs from end to end).
SELECT e.queue_id, h.name, e.first_at
FROM entry e
JOIN host h ON h.id = e.host
WHERE e.id IN (SELECT id FROM entry WHERE queue_id = ?1 COLLATE NOCASE LIMIT 5)
