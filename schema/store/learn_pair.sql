-- An address logged beside a known name of a host is its address.
INSERT OR IGNORE INTO host_name (host, name, origin)
SELECT n.host, lower(?2), 'learned'
FROM host_name n
WHERE n.name = lower(?1) AND n.origin IN ('own', 'config') AND n.name LIKE '%.%'
  AND ?2 NOT LIKE '/%' AND ?2 NOT IN ('127.0.0.1', '::1')
