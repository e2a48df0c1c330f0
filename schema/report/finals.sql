-- Attempts of the entries that began within the span. The last column: the attempt may not be the last word; view
-- last_delivery has that.
SELECT d.entry, d.id, d.at, d.recipient, d.original_recipient, d.state, d.ambiguous OR e.outcome IS NOT NULL
FROM entry e
CROSS JOIN delivery d ON d.entry = e.id
WHERE e.host IN (SELECT id FROM host WHERE ?3 IS NULL OR id = ?3) AND e.first_at >= ?1 AND e.first_at < ?2
