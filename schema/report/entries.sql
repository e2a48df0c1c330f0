-- Entries that began within the span, of one host or (?3 NULL) of all. The last column: its own log states
-- that it came of another entry.
SELECT e.id, e.host, e.first_at, e.last_at, e.head_missing, e.size, e.nrcpt, e.sender, e.client_host, e.client_ip,
       e.state, e.outcome,
       EXISTS (SELECT 1 FROM link l WHERE l.child = e.id)
FROM entry e
WHERE e.host IN (SELECT id FROM host WHERE ?3 IS NULL OR id = ?3) AND e.first_at >= ?1 AND e.first_at < ?2
