-- What time the logs of a host cover. The end is that of its newest entries and refusals, so that indexes on
-- (host, first_at) and (host, at) answer it without reading all of them.
SELECT h.id, h.name,
       (SELECT min(at) FROM (SELECT min(first_at) AS at FROM entry WHERE host = ?1
                             UNION ALL SELECT min(at) FROM reject WHERE host = ?1)),
       (SELECT max(at) FROM (SELECT max(last_at) AS at
                             FROM (SELECT last_at FROM entry WHERE host = ?1 ORDER BY first_at DESC LIMIT 5000)
                             UNION ALL SELECT max(at) FROM reject WHERE host = ?1))
FROM host h
WHERE h.id = ?1
