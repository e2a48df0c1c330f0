-- What is shown of an entry.
SELECT e.mta, e.queue_id, e.message_id, e.sender, e.client_host, e.client_ip, e.size, e.nrcpt, e.head_missing
FROM entry e
WHERE e.id = ?1
