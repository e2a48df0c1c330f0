-- What time the logs of a host cover. The end is that of the last day's entries, so that indexes
-- on (host, first_at) and (host, at) answer it without reading all of them.
SELECT h.id, h.name,
       (SELECT min(at) FROM (SELECT min(first_at) AS at FROM entry WHERE host = ?1
                             UNION ALL SELECT min(at) FROM reject WHERE host = ?1)),
       (SELECT max(at) FROM (SELECT max(last_at) AS at FROM entry
                             WHERE host = ?1
                               AND first_at >= (SELECT max(first_at) FROM entry WHERE host = ?1) - 86400000000
                             UNION ALL SELECT max(at) FROM reject WHERE host = ?1))
FROM host h
WHERE h.id = ?1
