-- All attempts of an entry.
SELECT id, at, recipient, original_recipient, state, relay_host, relay_ip, transport, tls, dsn, reply,
       next_queue_id, server, relay_port, delay_us, followable, ambiguous
FROM delivery
WHERE entry = ?1
ORDER BY at, id
