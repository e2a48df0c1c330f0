-- What each host's logs cover, and what of it is still open. As view coverage, but of the tables: a database
-- may have the view of an older qtrail.
SELECT h.id, h.name,
       (SELECT min(at) FROM (SELECT min(first_at) AS at FROM entry WHERE host = h.id
                             UNION ALL SELECT min(at) FROM reject WHERE host = h.id)),
       (SELECT max(at) FROM (SELECT max(last_at) AS at FROM entry WHERE host = h.id
                             UNION ALL SELECT max(at) FROM reject WHERE host = h.id)),
       (SELECT count(*) FROM entry WHERE host = h.id),
       (SELECT count(*) FROM reject WHERE host = h.id),
       coalesce(o.count, 0), o.first_at
FROM host h
LEFT JOIN (SELECT host, count(*) AS count, min(first_at) AS first_at FROM open_entry GROUP BY host) o ON o.host = h.name
ORDER BY h.name
