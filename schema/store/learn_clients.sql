-- The same from the other side: the verified name of a client.
INSERT OR IGNORE INTO host_name (host, name, origin)
SELECT DISTINCT n.host, lower(e.client_ip), 'learned'
FROM entry e
JOIN host_name n ON n.name = lower(e.client_host) AND n.origin IN ('own', 'config') AND n.name LIKE '%.%'
WHERE e.client_ip IS NOT NULL AND e.client_ip NOT IN ('127.0.0.1', '::1')
