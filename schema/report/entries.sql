-- Entries that began within the span, of one host or (?3 NULL) of all. The last column: it may be the
-- child of a hop (cheap to ask; which hops these are says view hop).
SELECT e.id, e.host, e.first_at, e.last_at, e.head_missing, e.size, e.nrcpt, e.sender, e.client_host, e.client_ip,
       e.state, e.outcome,
       EXISTS (SELECT 1 FROM link l WHERE l.child = e.id)
       OR EXISTS (SELECT 1 FROM delivery d WHERE d.next_queue_id = e.queue_id)
FROM entry e
WHERE e.host IN (SELECT id FROM host WHERE ?3 IS NULL OR id = ?3) AND e.first_at >= ?1 AND e.first_at < ?2
