-- Entries whose next hop named this queue ID.
SELECT DISTINCT e.queue_id, h.name, coalesce(d.relay_host, d.relay_ip), d.at
FROM delivery d
JOIN entry e ON e.id = d.entry
JOIN host h ON h.id = e.host
WHERE d.next_queue_id = ?1
ORDER BY d.at DESC
LIMIT 5
