-- To which relays did mail go without TLS? Only of hosts whose log tells of TLS at all.
--
--   :since, :until  time, UTC, such as '2026-11-23' or '2026-11-23 12:00' (default: the last day covered)
--   :limit          rows (default: 20)
--
--     sqlite3 DB < schema/queries/without-tls.sql
--
-- prints, for example (in .mode list):
--
--     relay|recipients|without_tls|last_time
--     mx.plain.example|2|2|2026-11-23T12:34:00Z
.mode box
.headers on

WITH span AS (
	SELECT coalesce(unixepoch(:since) * 1000000,
	                (SELECT max((SELECT max(first_at) FROM entry e WHERE e.host = h.id)) FROM host h) - 86400000000) AS since,
	       coalesce(unixepoch(:until) * 1000000, 9223372036854775807) AS until
)
SELECT coalesce(d.relay_host, d.relay_ip) AS relay, count(*) AS recipients, sum(d.tls IS NULL) AS without_tls,
       strftime('%Y-%m-%dT%H:%M:%SZ', max(CASE WHEN d.tls IS NULL THEN d.at END) / 1000000, 'unixepoch') AS last_time
FROM span
CROSS JOIN delivery d ON d.at >= span.since AND d.at < span.until
JOIN entry e ON e.id = d.entry
WHERE d.state = 'relayed' AND d.relay_ip NOT IN ('127.0.0.1', '::1')
  AND e.host IN (SELECT x.host FROM entry x JOIN delivery y ON y.entry = x.id WHERE y.tls IS NOT NULL)
GROUP BY 1
HAVING without_tls > 0
ORDER BY without_tls DESC, relay
LIMIT coalesce(:limit, 20);
