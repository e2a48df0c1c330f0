-- The same Message-ID in other case (reads the index of Message-IDs from end to end).
SELECT e.message_id, h.name, e.first_at
FROM entry e
JOIN host h ON h.id = e.host
WHERE e.id IN (SELECT id FROM entry WHERE message_id IS NOT NULL AND message_id = ?1 COLLATE NOCASE LIMIT 5)
