-- Entries that began within the span, of one host or (?3 NULL) of all: ids only, which the index entry_host has.
SELECT e.id
FROM entry e
WHERE e.host IN (SELECT id FROM host WHERE ?3 IS NULL OR id = ?3) AND e.first_at >= ?1 AND e.first_at < ?2
