-- Entries by a range of ids.
SELECT e.id, e.host, e.first_at, e.last_at, e.head_missing, e.size, e.nrcpt, e.sender, e.client_host, e.client_ip,
       e.state, e.outcome, e.message_id, e.accepted_at IS NOT NULL
FROM entry e
WHERE e.id BETWEEN ?1 AND ?2
