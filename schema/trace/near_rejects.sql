-- Refused attempts from or to an address (?1), the nearest to a time (?2) first; without one the
-- latest first. Within a day of the time where there is one, else of all: reads the table from its
-- end, which is for once, when nothing else was found.
SELECT h.name, r.at, r.stage, r.client_host, r.client_ip, r.sender, r.recipient, r.code, r.dsn, r.reason
FROM reject r
JOIN host h ON h.id = r.host
WHERE (lower(r.recipient) = lower(?1) OR lower(r.sender) = lower(?1))
  AND (?2 IS NULL OR r.at BETWEEN ?2 - 86400000000 AND ?2 + 86400000000)
ORDER BY CASE WHEN ?2 IS NULL THEN -r.at ELSE abs(r.at - ?2) END
LIMIT 5
