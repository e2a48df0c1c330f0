-- Where has the message with this Message-ID been?
--
--   :message_id     with its <> (default: the newest one)
--
--     sqlite3 -cmd ".param set :message_id '<6b042c81.0001.basic@lab.test>'" DB < schema/queries/message-id.sql
--
-- prints, for example (in .mode list):
--
--     first_time|host|mta|queue_id|sender|state|size|client_host|recipients
--     2026-11-23T12:07:29.000000Z|mx2|exim|1xVSpV-00000P-1l|sender@pf2.test|completed|40291|mx1.example.test|3
--     2026-11-23T12:07:29.325604Z|mx1|postfix|4F75AA9663D|sender@pf2.test|completed|40292|client.example.test|3
.mode box
.headers on

SELECT m.first_time, m.host, m.mta, m.queue_id, m.sender, m.state, m.size, m.client_host,
       (SELECT count(*) FROM last_delivery d WHERE d.entry = m.id) AS recipients
FROM message m
WHERE m.message_id = coalesce(:message_id,
	(SELECT message_id FROM entry WHERE message_id IS NOT NULL ORDER BY id DESC LIMIT 1))
ORDER BY m.first_at, m.id;
