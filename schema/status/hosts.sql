-- What each host's logs cover, and what of it is still open.
SELECT c.host_id, c.host, c.first_at, c.last_at, c.entries, c.rejects, coalesce(o.count, 0), o.first_at
FROM coverage c
LEFT JOIN (SELECT host, count(*) AS count, min(first_at) AS first_at FROM open_entry GROUP BY host) o ON o.host = c.host
ORDER BY c.host
