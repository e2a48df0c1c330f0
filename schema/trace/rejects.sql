-- What was refused in the session of an entry.
SELECT id, at, code, stage, client_host, client_ip, helo, sender, recipient, dsn, reason
FROM reject
WHERE entry = ?1
ORDER BY at, id
