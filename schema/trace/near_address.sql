-- Messages from or to an address (?1: in lower case, its local part, ?2: its domain): that is a question for a search.
-- Of very many some; of those the latest first.
WITH k AS (SELECT key FROM address WHERE domain = ?2 AND local = ?1)
SELECT e.queue_id, h.name, e.first_at
FROM (SELECT entry AS id FROM (SELECT entry FROM delivery WHERE recipient_key = (SELECT key FROM k) LIMIT 2000)
      UNION
      SELECT id FROM (SELECT id FROM entry WHERE sender_key = (SELECT key FROM k) LIMIT 2000)) f
JOIN entry e ON e.id = f.id
JOIN host h ON h.id = e.host
ORDER BY e.first_at DESC, e.id DESC
LIMIT 5
