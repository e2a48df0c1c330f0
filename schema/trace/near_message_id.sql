-- Message-IDs that begin like this.
SELECT DISTINCT e.message_id, h.name, e.first_at
FROM entry e
JOIN host h ON h.id = e.host
WHERE e.message_id > ?1 AND e.message_id < ?1 || char(1114111)
LIMIT 5
