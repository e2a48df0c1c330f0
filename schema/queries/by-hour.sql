-- How much mail passed each host, by hour (UTC)?
--
--   :since, :until  time, UTC, such as '2026-11-23' or '2026-11-23 12:00' (default: the last day covered)
--
--     sqlite3 DB < schema/queries/by-hour.sql
--
-- prints, for example (in .mode list):
--
--     hour|host|entries|bytes|from_itself
--     2026-11-23 12:00|mx1|17|141690|5
--     2026-11-23 12:00|mx2|3|42840|0
.mode box
.headers on

WITH span AS (
	SELECT coalesce(unixepoch(:since) * 1000000,
	                (SELECT max((SELECT max(first_at) FROM entry e WHERE e.host = h.id)) FROM host h) - 86400000000) AS since,
	       coalesce(unixepoch(:until) * 1000000, 9223372036854775807) AS until
)
SELECT strftime('%Y-%m-%d %H:00', e.first_at / 1000000, 'unixepoch') AS hour, h.name AS host, count(*) AS entries,
       sum(e.size) AS bytes, sum(e.client_ip IN ('127.0.0.1', '::1')) AS from_itself
FROM span
CROSS JOIN entry e ON e.first_at >= span.since AND e.first_at < span.until
JOIN host h ON h.id = e.host
WHERE e.state <> 'aborted'
GROUP BY hour, host
ORDER BY hour, host;
