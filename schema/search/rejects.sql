-- Refused attempts. Conditions on r and e follow.
SELECT 1, coalesce(r.entry, 0), r.at, NULL, NULL, h.name, e.mta, e.queue_id, e.message_id, r.sender, r.recipient, NULL,
       r.client_host, r.client_ip, 'rejected', r.dsn, NULL, NULL, r.reason
FROM reject r
JOIN host h ON h.id = r.host
LEFT JOIN entry e ON e.id = r.entry
WHERE 1
