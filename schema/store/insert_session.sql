INSERT OR REPLACE INTO session (host, ident, pid, at, client_host, client_ip, helo, user, tls, relay_ip,
                                opened, opened_id, opened_host, hold)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
