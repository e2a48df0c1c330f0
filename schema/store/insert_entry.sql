INSERT INTO entry (mta, instance, queue_id, message_id, resent_message_id, sender, client_host, client_ip, helo, user, protocol, tls,
                   outcome, outcome_reply, id, host, size, nrcpt, first_at, last_at, accepted_at, closed_at,
                   outcome_at, state, head_missing, year_inferred, host_assumed, lines, state_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,
        ?24, ?25, ?26, ?27, ?28, ?29)
