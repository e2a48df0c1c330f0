SELECT host, ident, pid, at, client_host, client_ip, helo, user, tls, relay_ip, opened, opened_id, opened_host,
       hold
FROM session ORDER BY at
