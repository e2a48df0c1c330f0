UPDATE entry SET host = ?2, mta = ?3, instance = ?4, queue_id = ?5, message_id = ?6, resent_message_id = ?7,
       sender = ?8, client_host = ?9, client_ip = ?10, helo = ?11, user = ?12, protocol = ?13, tls = ?14, size = ?15,
       nrcpt = ?16, first_at = ?17, last_at = ?18, accepted_at = ?19, closed_at = ?20, state = ?21, outcome = ?22,
       outcome_at = ?23, outcome_reply = ?24, head_missing = ?25, year_inferred = ?26, host_assumed = ?27,
       lines = ?28, state_at = ?29, sender_key = ?30
WHERE id = ?1
