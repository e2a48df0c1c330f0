-- Attempts by a range of entries, those for one recipient together.
SELECT d.entry, d.id, d.at, d.recipient, d.original_recipient, d.state, d.ambiguous, d.next_queue_id IS NULL,
       d.relay_host, d.relay_ip, d.transport, d.delay_us, d.dsn, d.reply
FROM delivery d
WHERE d.entry BETWEEN ?1 AND ?2
ORDER BY d.entry, d.recipient
