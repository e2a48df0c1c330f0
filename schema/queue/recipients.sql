-- Who still waits in an entry, and what the last attempt said.
SELECT d.recipient, d.original_recipient, d.state, d.attempts, d.at, d.relay_host, d.relay_ip, d.dsn, d.reply
FROM last_delivery d
WHERE d.entry = ?1 AND d.state IN ('queued', 'deferred', 'held')
ORDER BY d.recipient, d.id
