-- Entries whose next hop named this queue ID, and the host of ours that the relay is, if it is one.
SELECT e.queue_id, h.name, max(d.at) AS at, d.relay_host, d.relay_ip
FROM delivery d
JOIN entry e ON e.id = d.entry
JOIN host h ON h.id = e.host
WHERE d.next_queue_id = ?1
GROUP BY e.id, d.relay_host, d.relay_ip
ORDER BY at DESC
LIMIT 5
