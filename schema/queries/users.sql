-- Which authenticated users send how much? A stolen password shows here.
--
--   :since, :until  time, UTC, such as '2026-11-23' or '2026-11-23 12:00' (default: the last day covered)
--   :limit          rows (default: 20)
--
--     sqlite3 DB < schema/queries/users.sql
--
-- prints, for example (in .mode list):
--
--     user|messages|recipients|addresses|senders|host
--     carol|2|3|2|1|mx1
--     dave|1|1|1|1|mx1
.mode box
.headers on

WITH span AS (
	SELECT coalesce(unixepoch(:since) * 1000000,
	                (SELECT max((SELECT max(first_at) FROM entry e WHERE e.host = h.id)) FROM host h) - 86400000000) AS since,
	       coalesce(unixepoch(:until) * 1000000, 9223372036854775807) AS until
)
SELECT e.user, count(*) AS messages, sum(e.nrcpt) AS recipients, count(DISTINCT e.client_ip) AS addresses,
       count(DISTINCT e.sender) AS senders, max(h.name) AS host
FROM span
CROSS JOIN entry e ON e.first_at >= span.since AND e.first_at < span.until
JOIN host h ON h.id = e.host
WHERE e.user IS NOT NULL
GROUP BY e.user
ORDER BY recipients DESC, messages DESC, e.user
LIMIT coalesce(:limit, 20);
