-- The same of one entry.
SELECT d.entry, d.id, d.at, d.recipient, d.original_recipient, d.state
FROM last_delivery d
WHERE d.entry = ?1
