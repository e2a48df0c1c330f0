-- Attempts within the span of the entries that began before it, of one host or (?3 NULL) of all: in the hour before, or earlier
-- when they took longer than an hour (index entry_long, whose condition this is). Columns as in deliveries.sql.
SELECT d.entry, d.id, d.at, d.recipient, d.original_recipient, d.state, d.ambiguous, d.next_queue_id IS NULL,
       d.relay_host, d.relay_ip, d.transport, d.delay_us, d.dsn, d.reply, CASE WHEN NOT e.head_missing THEN e.first_at END
FROM entry e
CROSS JOIN delivery d ON d.entry = e.id
WHERE e.host IN (SELECT id FROM host WHERE ?3 IS NULL OR id = ?3) AND e.first_at >= ?1 - 3600000000 AND e.first_at < ?1
  AND d.at >= ?1 AND d.at < ?2
UNION ALL
SELECT d.entry, d.id, d.at, d.recipient, d.original_recipient, d.state, d.ambiguous, d.next_queue_id IS NULL,
       d.relay_host, d.relay_ip, d.transport, d.delay_us, d.dsn, d.reply, CASE WHEN NOT e.head_missing THEN e.first_at END
FROM entry e
CROSS JOIN delivery d ON d.entry = e.id
WHERE e.host IN (SELECT id FROM host WHERE ?3 IS NULL OR id = ?3)
  AND e.last_at > e.first_at + 3600000000 AND e.last_at >= ?1 AND +e.first_at < ?1 - 3600000000
  AND d.at >= ?1 AND d.at < ?2
