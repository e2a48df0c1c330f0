-- FAIL: an error ends the whole transaction, so no statement needs a journal of its own.
INSERT OR FAIL INTO entry (id, host, mta, instance, queue_id, message_id, resent_message_id, sender,
                           client_host, client_ip, helo, user, protocol, tls, size, nrcpt, first_at, last_at,
                           accepted_at, closed_at, state, outcome, outcome_at, outcome_reply, head_missing,
                           year_inferred, host_assumed, lines, state_at, sender_key)
SELECT * FROM new_entry
