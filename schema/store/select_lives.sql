SELECT mta, instance, queue_id, message_id, resent_message_id, sender, client_host, client_ip, helo, user, protocol, tls, outcome,
       outcome_reply, id, host, size, nrcpt, first_at, last_at, accepted_at, closed_at, outcome_at, state,
       head_missing, year_inferred, host_assumed, lines, state_at
-- +host: not by the index on hosts, of which one may have all entries
FROM entry WHERE queue_id = ?1 AND +host = ?2
