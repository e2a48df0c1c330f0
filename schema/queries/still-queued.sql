-- What is still queued, oldest first, and why?
--
--   :limit          rows (default: 50)
--
--     sqlite3 DB < schema/queries/still-queued.sql
--
-- prints, for example (in .mode list):
--
--     first_time|host|queue_id|sender|recipient|state|attempts|last_attempt|relay|reply
--     2026-11-23T12:23:00.100000Z|mx1|AA11BB22CC4|carol@example.test|slow@away.example|deferred|2|2026-11-23T12:33:...
.mode box
.headers on

SELECT o.first_time, o.host, o.queue_id, o.sender, d.recipient, coalesce(d.state, o.state) AS state, d.attempts,
       d.at_time AS last_attempt, coalesce(d.relay_host, d.relay_ip) AS relay, d.reply
FROM open_entry o
LEFT JOIN last_delivery d ON d.entry = o.id AND d.state IN ('queued', 'deferred', 'held')
ORDER BY o.first_at, o.id, d.recipient
LIMIT coalesce(:limit, 50);
