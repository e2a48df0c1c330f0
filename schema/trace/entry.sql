-- One entry with its host.
SELECT e.host, h.name, e.mta, e.instance, e.queue_id, e.message_id, e.resent_message_id, e.sender, e.client_host,
       e.client_ip, e.helo, e.user, e.protocol, e.tls, e.state, e.outcome, e.outcome_reply, e.size, e.nrcpt, e.first_at,
       e.last_at, e.accepted_at, e.closed_at, e.outcome_at, e.head_missing, e.year_inferred, e.host_assumed
FROM entry e
JOIN host h ON h.id = e.host
WHERE e.id = ?1
