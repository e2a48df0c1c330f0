-- What do bounces say, by enhanced status code (RFC 3463)?
--
--   :since, :until  time, UTC, such as '2026-11-23' or '2026-11-23 12:00' (default: the last day covered)
--
--     sqlite3 DB < schema/queries/bounces-by-code.sql
--
-- prints, for example (in .mode list):
--
--     dsn|recipients|messages|last_time|last_reply
--     5.1.1|1|1|2026-11-23T12:08:03.577184Z|550 5.1.1 <nosuchuser@pf2.test>: Recipient address rejected: User unkno...
.mode box
.headers on

WITH span AS (
	SELECT coalesce(unixepoch(:since) * 1000000,
	                (SELECT max((SELECT max(first_at) FROM entry e WHERE e.host = h.id)) FROM host h) - 86400000000) AS since,
	       coalesce(unixepoch(:until) * 1000000, 9223372036854775807) AS until
)
SELECT b.dsn, count(*) AS recipients, count(DISTINCT b.queue_id) AS messages, max(b.at_time) AS last_time, b.reply AS last_reply
FROM span
CROSS JOIN bounce b ON b.at >= span.since AND b.at < span.until
GROUP BY b.dsn
ORDER BY recipients DESC, b.dsn;
