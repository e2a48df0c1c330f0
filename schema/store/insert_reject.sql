INSERT INTO reject (host, at, entry, stage, client_host, client_ip, helo, sender, recipient, code, dsn, reason,
                    chunk, chunk_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
