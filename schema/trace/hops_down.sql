-- Hops of an entry to the next ones, claims too.
SELECT from_entry, to_entry, kind, evidence, delivery, at, next_queue_id
FROM hop
WHERE from_entry = ?1
