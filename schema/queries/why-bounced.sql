-- Why did mail fail for good?
--
--   :recipient      address, or a pattern such as '%@example.org' (default: any)
--   :limit          rows (default: 50)
--
--     sqlite3 -cmd ".param set :recipient '%@pf2.test'" DB < schema/queries/why-bounced.sql
--
-- prints, for example (in .mode list):
--
--     at_time|host|queue_id|sender|recipient|state|dsn|relay|reply
--     2026-11-23T12:08:03.577184Z|mx3|6ANC833H000770|sender@example.test|nosuchuser@pf2.test|bounced|5.1.1|mx4.exam...
.mode box
.headers on

SELECT at_time, host, queue_id, sender, recipient, state, dsn, coalesce(relay_host, relay_ip) AS relay, reply
FROM bounce
WHERE recipient LIKE coalesce(:recipient, '%') OR original_recipient LIKE :recipient
ORDER BY at DESC
LIMIT coalesce(:limit, 50);
