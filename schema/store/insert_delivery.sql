INSERT INTO delivery (entry, at, recipient, original_recipient, state, relay_host, relay_ip, relay_port, transport,
                      tls, dsn, delay_us, reply, next_queue_id, server, followable, ambiguous)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
