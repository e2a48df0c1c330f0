-- Who is refused most, and why?
--
--   :since, :until  time, UTC, such as '2026-11-23' or '2026-11-23 12:00' (default: the last day covered)
--   :limit          rows (default: 20)
--
--     sqlite3 DB < schema/queries/refused-clients.sql
--
-- prints, for example (in .mode list):
--
--     client_ip|client_host|rejects|recipients|last_time|last_reason
--     198.51.100.66|unknown|3|2|2026-11-23T12:20:02Z|<eve@example.org>: Relay access denied
--     198.51.100.7|mail.example.net|1|1|2026-11-23T12:21:00Z|<alice@example.test>: Recipient address rejected: Grey...
.mode box
.headers on

WITH span AS (
	SELECT coalesce(unixepoch(:since) * 1000000,
	                (SELECT max((SELECT max(first_at) FROM entry e WHERE e.host = h.id)) FROM host h) - 86400000000) AS since,
	       coalesce(unixepoch(:until) * 1000000, 9223372036854775807) AS until
)
SELECT coalesce(r.client_ip, e.client_ip) AS client_ip, max(coalesce(r.client_host, e.client_host)) AS client_host, count(*) AS rejects,
       count(DISTINCT r.recipient) AS recipients,
       strftime('%Y-%m-%dT%H:%M:%SZ', max(r.at) / 1000000, 'unixepoch') AS last_time, r.reason AS last_reason
FROM span
CROSS JOIN reject r ON r.at >= span.since AND r.at < span.until
LEFT JOIN entry e ON e.id = r.entry
GROUP BY 1
ORDER BY rejects DESC, 1
LIMIT coalesce(:limit, 20);
