-- What became of the recipients of an entry.
SELECT d.entry, d.id, d.at, d.recipient, d.original_recipient, d.state
FROM last_delivery d
WHERE d.entry = ?1
