-- What became of the recipients of the entries that began within the span.
SELECT d.entry, d.id, d.at, d.recipient, d.original_recipient, d.state
FROM entry e
CROSS JOIN last_delivery d ON d.entry = e.id
WHERE e.host IN (SELECT id FROM host WHERE ?3 IS NULL OR id = ?3) AND e.first_at >= ?1 AND e.first_at < ?2
