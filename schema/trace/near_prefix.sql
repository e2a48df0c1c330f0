-- Queue IDs that begin like this.
SELECT e.queue_id, h.name, e.first_at
FROM entry e
JOIN host h ON h.id = e.host
WHERE e.queue_id > ?1 AND e.queue_id < ?1 || char(1114111)
LIMIT 5
