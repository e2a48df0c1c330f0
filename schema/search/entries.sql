-- Recipients of messages, and messages that have none yet. Conditions on e and d follow. View last_delivery
-- is asked row by row: on the right of a LEFT JOIN SQLite would make it up whole.
SELECT 0, e.id, e.first_at, e.size, (SELECT l.attempts FROM last_delivery l WHERE l.id = d.id),
       h.name, e.mta, e.queue_id, e.message_id, e.sender, d.recipient, d.original_recipient, e.client_host, e.client_ip,
       coalesce((SELECT l.state FROM last_delivery l WHERE l.id = d.id), e.outcome, e.state) AS shown_state,
       d.dsn, d.relay_host, d.relay_ip, coalesce(d.reply, e.outcome_reply)
FROM entry e
JOIN host h ON h.id = e.host
LEFT JOIN delivery d ON d.entry = e.id AND EXISTS (SELECT 1 FROM last_delivery l WHERE l.id = d.id)
WHERE 1
