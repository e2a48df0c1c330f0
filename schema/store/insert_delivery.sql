-- FAIL: see insert_entry.sql
INSERT OR FAIL INTO delivery (id, entry, at, recipient, original_recipient, state, relay_host, relay_ip,
                              relay_port, transport, tls, dsn, delay_us, reply, next_queue_id, server,
                              followable, ambiguous, recipient_key, original_recipient_key)
SELECT * FROM new_delivery
