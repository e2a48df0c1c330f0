UPDATE entry SET mta = ?1, instance = ?2, queue_id = ?3, message_id = ?4, sender = ?5, client_host = ?6,
       client_ip = ?7, helo = ?8, user = ?9, protocol = ?10, tls = ?11, outcome = ?12, outcome_reply = ?13,
       host = ?15, size = ?16, nrcpt = ?17, first_at = ?18, last_at = ?19, accepted_at = ?20, closed_at = ?21,
       outcome_at = ?22, state = ?23, head_missing = ?24, year_inferred = ?25, host_assumed = ?26, lines = ?27
WHERE id = ?14
