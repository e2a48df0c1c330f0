-- Hops that lead to an entry. Without the evidence, which would cost as much again.
SELECT from_entry, to_entry, kind, delivery
FROM hop
WHERE to_entry = ?1
