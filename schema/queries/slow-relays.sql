-- Which relays are slow? Seconds from arrival in that queue until the relay took it.
--
--   :since, :until  time, UTC, such as '2026-11-23' or '2026-11-23 12:00' (default: the last day covered)
--   :least          recipients that a relay must have taken to count (default: 1)
--   :limit          rows (default: 20)
--
--     sqlite3 DB < schema/queries/slow-relays.sql
--
-- prints, for example (in .mode list):
--
--     relay|recipients|p50_s|p95_s|max_s
--     mx.grey.test|1|76.0|76.0|76.0
--     mx4.example.test|4|0.0|8.0|8.0
.mode box
.headers on

WITH span AS (
	SELECT coalesce(unixepoch(:since) * 1000000,
	                (SELECT max((SELECT max(first_at) FROM entry e WHERE e.host = h.id)) FROM host h) - 86400000000) AS since,
	       coalesce(unixepoch(:until) * 1000000, 9223372036854775807) AS until
),
took AS (
	SELECT coalesce(d.relay_host, d.relay_ip) AS relay, d.delay_us / 1e6 AS s,
	       row_number() OVER (PARTITION BY coalesce(d.relay_host, d.relay_ip) ORDER BY d.delay_us) AS rank,
	       count(*) OVER (PARTITION BY coalesce(d.relay_host, d.relay_ip)) AS n
	FROM span
	CROSS JOIN delivery d ON d.at >= span.since AND d.at < span.until
	WHERE d.state IN ('relayed', 'filtered') AND d.delay_us IS NOT NULL AND coalesce(d.relay_host, d.relay_ip) IS NOT NULL
)
SELECT relay, n AS recipients, min(s) FILTER (WHERE rank >= n * 0.5) AS p50_s,
       min(s) FILTER (WHERE rank >= n * 0.95) AS p95_s, max(s) AS max_s
FROM took
WHERE n >= coalesce(:least, 1)
GROUP BY relay
ORDER BY p95_s DESC, relay
LIMIT coalesce(:limit, 20);
