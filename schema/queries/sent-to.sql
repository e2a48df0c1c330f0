-- What came for this recipient, and what became of it? Finds the address before and after aliasing, in any case.
--
--   :recipient      address (default: any)
--   :limit          rows (default: 50)
--
--     sqlite3 -cmd ".param set :recipient 'bob@pf2.test'" DB < schema/queries/sent-to.sql
--
-- prints, for example (in .mode list):
--
--     at_time|host|queue_id|sender|recipient|original_recipient|state|attempts|relay|reply
--     2026-11-23T12:08:03.630390Z|mx1|4jY4TH450vz1cknK|sender@example.test|bob@pf2.test||delivered|1|local|delivere...
--     2026-11-23T12:08:03.624525Z|mx3|6ANC833H000770|sender@example.test|bob@pf2.test||relayed|1|mx4.example.test|O...
.mode box
.headers on

WITH asked AS (
	SELECT key FROM address
	WHERE domain = lower(substr(:recipient, instr(:recipient, '@') + 1))
	  AND local = lower(substr(:recipient, 1, instr(:recipient, '@') - 1))
)
SELECT d.at_time, m.host, m.queue_id, m.sender, d.recipient, d.original_recipient, d.state, d.attempts,
       coalesce(d.relay_host, d.relay_ip) AS relay, d.reply
FROM (SELECT id FROM delivery WHERE recipient_key IN (SELECT key FROM asked) AND lower(recipient) = lower(:recipient)
      UNION
      SELECT id FROM delivery WHERE original_recipient_key IN (SELECT key FROM asked)
                              AND lower(original_recipient) = lower(:recipient)
      UNION
      SELECT id FROM (SELECT id FROM delivery WHERE :recipient IS NULL ORDER BY id DESC LIMIT 1000)) AS a
CROSS JOIN last_delivery d ON d.id = a.id
CROSS JOIN message m ON m.id = d.entry
ORDER BY d.at DESC, d.id DESC
LIMIT coalesce(:limit, 50);
