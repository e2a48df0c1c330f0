-- Entries by a range of ids. As in view open_entry a notice says that all failed where the log names no recipient.
SELECT e.id, e.host, e.first_at, e.last_at, e.head_missing, e.size, e.nrcpt, e.sender, e.client_host, e.client_ip,
       e.state,
       CASE WHEN e.outcome IS NULL AND (e.state = 'accepted' OR e.state = 'open')
                 AND EXISTS (SELECT 1 FROM link k WHERE k.parent = e.id AND k.kind = 'bounce')
                 AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.entry = e.id)
            THEN 'bounced' ELSE e.outcome END,
       e.message_id, e.accepted_at IS NOT NULL
FROM entry e
WHERE e.id BETWEEN ?1 AND ?2
