-- Refused attempts; what the line of one leaves out, its message has. Conditions on r and e follow.
SELECT 1, coalesce(r.entry, 0), r.at, NULL, NULL, h.name, e.mta, e.queue_id, e.message_id, coalesce(r.sender, e.sender), r.recipient, NULL,
       coalesce(r.client_host, e.client_host), coalesce(r.client_ip, e.client_ip), 'rejected', r.dsn, NULL, NULL, r.reason
FROM reject r
JOIN host h ON h.id = r.host
LEFT JOIN entry e ON e.id = r.entry
WHERE 1
