-- One entry, with the columns of entries.sql.
SELECT e.id, e.host, e.first_at, e.last_at, e.head_missing, e.size, e.nrcpt, e.sender, e.client_host, e.client_ip,
       e.state, e.outcome, 1
FROM entry e
WHERE e.id = ?1
