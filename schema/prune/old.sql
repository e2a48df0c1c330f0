-- Entries whose last line is before ?1; those still open and not silent since before ?2 stay.
INSERT INTO prune_old (id, keep)
SELECT e.id, e.last_at >= ?2 AND EXISTS (SELECT 1 FROM open_entry o WHERE o.id = e.id)
FROM host h
CROSS JOIN entry e ON e.host = h.id
WHERE e.first_at < ?1 AND e.last_at < ?1
