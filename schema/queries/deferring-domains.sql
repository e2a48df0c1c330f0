-- Which destinations make mail wait?
--
--   :since, :until  time, UTC, such as '2026-11-23' or '2026-11-23 12:00' (default: the last day covered)
--   :limit          rows (default: 20)
--
--     sqlite3 DB < schema/queries/deferring-domains.sql
--
-- prints, for example (in .mode list):
--
--     domain|deferrals|recipients|messages|last_time|last_reply
--     away.example|2|1|1|2026-11-23T12:33:30Z|connect to mx.away.example[203.0.113.77]:25: Connection timed out
--     grey.test|1|1|1|2026-11-23T12:08:02Z|host mx.grey.test[127.0.10.34] said: 450 4.2.0 <gmx1@grey.test>: Recipie...
.mode box
.headers on

WITH span AS (
	SELECT coalesce(unixepoch(:since) * 1000000,
	                (SELECT max((SELECT max(first_at) FROM entry e WHERE e.host = h.id)) FROM host h) - 86400000000) AS since,
	       coalesce(unixepoch(:until) * 1000000, 9223372036854775807) AS until
)
SELECT lower(substr(d.recipient, instr(d.recipient, '@') + 1)) AS domain, count(*) AS deferrals,
       count(DISTINCT d.recipient) AS recipients, count(DISTINCT d.entry) AS messages,
       strftime('%Y-%m-%dT%H:%M:%SZ', max(d.at) / 1000000, 'unixepoch') AS last_time, d.reply AS last_reply
FROM span
CROSS JOIN delivery d ON d.at >= span.since AND d.at < span.until
WHERE d.state = 'deferred' AND NOT d.ambiguous
GROUP BY 1
ORDER BY deferrals DESC, domain
LIMIT coalesce(:limit, 20);
