-- FAIL: see insert_entry.sql
INSERT OR FAIL INTO reject (id, host, at, entry, stage, client_host, client_ip, helo, sender, recipient, code,
                            dsn, reason, chunk, chunk_at)
SELECT * FROM new_reject
