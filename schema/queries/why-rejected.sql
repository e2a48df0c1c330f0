-- Why was it refused in the session? Looks where no queue ID was given, too.
--
--   :address        sender or recipient, or a pattern (default: any)
--   :client         name or address of the client, or a pattern (default: any)
--   :limit          rows (default: 50)
--
--     sqlite3 -cmd ".param set :address '%@example.org'" DB < schema/queries/why-rejected.sql
--
-- prints, for example (in .mode list):
--
--     time|host|stage|client_host|client_ip|sender|recipient|code|dsn|reason
--     2026-11-23T12:20:02Z|mx1|RCPT|unknown|198.51.100.66|x@example.net|eve@example.org|554|5.7.1|<eve@example.org>...
--     2026-11-23T12:20:01Z|mx1|RCPT|unknown|198.51.100.66|x@example.net|mallory@example.org|554|5.7.1|<mallory@exam...
.mode box
.headers on

SELECT strftime('%Y-%m-%dT%H:%M:%SZ', r.at / 1000000, 'unixepoch') AS time, h.name AS host, r.stage,
       r.client_host, r.client_ip, r.sender, r.recipient, r.code, r.dsn, r.reason
FROM reject r
JOIN host h ON h.id = r.host
WHERE (:address IS NULL OR r.sender LIKE :address OR r.recipient LIKE :address)
  AND (:client IS NULL OR r.client_host LIKE :client OR r.client_ip LIKE :client)
ORDER BY r.at DESC, r.id DESC
LIMIT coalesce(:limit, 50);
