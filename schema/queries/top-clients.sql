-- Which clients bring most mail? A message counts once, however many queues it passed.
--
--   :since, :until  time, UTC, such as '2026-11-23' or '2026-11-23 12:00' (default: the last day covered)
--   :limit          rows (default: 20)
--
--     sqlite3 DB < schema/queries/top-clients.sql
--
-- prints, for example (in .mode list):
--
--     client_host|client_ip|messages|senders|bytes
--     client.example.test|127.0.10.9|4|2|42225
--     desk.example.test|192.0.2.10|2|2|2200
.mode box
.headers on

WITH span AS (
	SELECT coalesce(unixepoch(:since) * 1000000,
	                (SELECT max((SELECT max(first_at) FROM entry e WHERE e.host = h.id)) FROM host h) - 86400000000) AS since,
	       coalesce(unixepoch(:until) * 1000000, 9223372036854775807) AS until
)
SELECT e.client_host, e.client_ip, count(*) AS messages, count(DISTINCT e.sender) AS senders, sum(e.size) AS bytes
FROM span
CROSS JOIN entry e ON e.first_at >= span.since AND e.first_at < span.until
WHERE e.state NOT IN ('aborted', 'open')
  -- where it first came in: not the next leg of a filter, a relay, a forward
  AND ((NOT EXISTS (SELECT 1 FROM link l WHERE l.child = e.id)
        AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.next_queue_id = e.queue_id))
       OR NOT EXISTS (SELECT 1 FROM hop WHERE hop.to_entry = e.id
                      AND hop.kind IN ('relay', 'filter', 'forward', 'requeue', 'clone')))
GROUP BY e.client_host, e.client_ip
ORDER BY messages DESC, e.client_host, e.client_ip
LIMIT coalesce(:limit, 20);
