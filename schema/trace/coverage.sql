-- What time the logs of a host cover. The end is that of the last day's entries, so that an index
-- on (host, first_at) answers it without reading all of them.
SELECT h.id, h.name,
       (SELECT min(first_at) FROM entry WHERE host = ?1),
       (SELECT max(last_at) FROM entry
        WHERE host = ?1
          AND first_at >= (SELECT max(first_at) FROM entry WHERE host = ?1) - 86400000000)
FROM host h
WHERE h.id = ?1
