-- What the cases ask about, with names instead of internal ids.

-- hop: parent and child as ID@host; a child that no log has is ID@?
CREATE TEMP VIEW edge AS
SELECT p.queue_id || '@' || p.host AS parent,
       coalesce(e.queue_id || '@' || e.host, h.next_queue_id || '@?') AS child,
       h.kind, h.evidence, d.recipient
FROM hop h
JOIN message p ON p.id = h.from_entry
LEFT JOIN message e ON e.id = h.to_entry
LEFT JOIN delivery d ON d.id = h.delivery;

-- delivery: every attempt, with the entry it belongs to
CREATE TEMP VIEW attempt AS
SELECT m.host, m.queue_id, m.sender, m.message_id, d.at, d.recipient, d.original_recipient, d.state, d.relay_host, d.relay_ip,
       d.dsn, d.reply, d.next_queue_id, d.server, d.followable, d.ambiguous
FROM delivery d
JOIN message m ON m.id = d.entry;

-- last_delivery: the final state of every recipient
CREATE TEMP VIEW final AS
SELECT m.host, m.queue_id, m.sender, d.recipient, d.original_recipient, d.state, d.attempts
FROM last_delivery d
JOIN message m ON m.id = d.entry;

-- note and reject, with the queue ID (empty: refused before there was one)
CREATE TEMP VIEW remark AS
SELECT m.host, m.queue_id, n.origin, n.text FROM note n JOIN message m ON m.id = n.entry;
CREATE TEMP VIEW refusal AS
SELECT h.name AS host, m.queue_id, r.stage, r.client_ip, r.sender, r.recipient, r.code, r.reason
FROM reject r
JOIN host h ON h.id = r.host
LEFT JOIN message m ON m.id = r.entry;
