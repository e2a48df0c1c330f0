UPDATE entry SET mta = ?1, instance = ?2, queue_id = ?3, message_id = ?4, resent_message_id = ?5, sender = ?6,
       client_host = ?7, client_ip = ?8, helo = ?9, user = ?10, protocol = ?11, tls = ?12, outcome = ?13,
       outcome_reply = ?14, host = ?16, size = ?17, nrcpt = ?18, first_at = ?19, last_at = ?20, accepted_at = ?21,
       closed_at = ?22, outcome_at = ?23, state = ?24, head_missing = ?25, year_inferred = ?26,
       host_assumed = ?27, lines = ?28, state_at = ?29
WHERE id = ?15
