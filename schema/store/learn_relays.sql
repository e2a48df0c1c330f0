-- Addresses logged beside a known name of a host are its addresses.
INSERT OR IGNORE INTO host_name (host, name, origin)
SELECT DISTINCT n.host, lower(d.relay_ip), 'learned'
FROM delivery d
JOIN host_name n ON n.name = lower(d.relay_host) AND n.origin IN ('own', 'config') AND n.name LIKE '%.%'
WHERE d.relay_ip IS NOT NULL AND d.relay_ip NOT LIKE '/%' AND d.relay_ip NOT IN ('127.0.0.1', '::1')
