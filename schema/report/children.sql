-- Hops of an entry to others that logs have.
SELECT from_entry, to_entry, kind, delivery
FROM hop
WHERE from_entry = ?1 AND to_entry IS NOT NULL
