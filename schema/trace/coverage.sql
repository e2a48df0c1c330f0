-- What time the logs of a host cover. The end is that of its newest entries, so that an index on (host, first_at)
-- answers it without reading all of them.
SELECT h.id, h.name,
       (SELECT min(first_at) FROM entry WHERE host = ?1),
       (SELECT max(last_at) FROM (SELECT last_at FROM entry WHERE host = ?1 ORDER BY first_at DESC LIMIT 5000))
FROM host h
WHERE h.id = ?1
