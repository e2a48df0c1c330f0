-- Hops that lead to an entry.
SELECT from_entry, to_entry, kind, evidence, delivery, at, next_queue_id
FROM hop
WHERE to_entry = ?1
