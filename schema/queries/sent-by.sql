-- What did this sender send, and what became of it?
--
--   :sender         envelope sender; '' is the null sender (default: any)
--   :limit          messages (default: 50)
--   :since, :until  time, UTC, such as '2026-11-23' or '2026-11-23 12:00' (default: the last day covered)
--
--     sqlite3 -cmd ".param set :sender 'sender@pf2.test'" DB < schema/queries/sent-by.sql
--
-- prints, for example (in .mode list):
--
--     first_time|host|queue_id|sender|recipient|state|dsn
--     2026-11-23T12:07:46.719679Z|mx1|4jY4Sy566Hz1ckft|sender@pf2.test|dave@pf2.test|delivered|2.0.0
--     2026-11-23T12:07:46.643288Z|mx3|6ANC7kOK000509|sender@pf2.test|carol@sm.test|delivered|2.0.0
.mode box
.headers on

WITH span AS (
	SELECT coalesce(unixepoch(:since) * 1000000,
	                (SELECT max((SELECT max(first_at) FROM entry e WHERE e.host = h.id)) FROM host h) - 86400000000) AS since,
	       coalesce(unixepoch(:until) * 1000000, 9223372036854775807) AS until
),
sent AS (
	SELECT e.id
	FROM span
	CROSS JOIN entry e ON e.first_at >= span.since AND e.first_at < span.until
	WHERE :sender IS NULL OR e.sender = :sender
	ORDER BY e.first_at DESC, e.id DESC
	LIMIT coalesce(:limit, 50)
)
SELECT m.first_time, m.host, m.queue_id, m.sender, d.recipient, d.state, d.dsn
FROM sent
CROSS JOIN message m ON m.id = sent.id
LEFT JOIN last_delivery d ON d.entry = m.id
ORDER BY m.first_at DESC, m.id DESC, d.recipient;
