-- Attempts within the span, of one host or (?3 NULL) of all: of the entries that began in it or in the hour before, and of those
-- older ones that took longer than an hour (index entry_long, whose condition this is).
SELECT d.at, d.state, d.dsn, CASE WHEN d.state IN ('deferred', 'bounced', 'expired') THEN d.reply END,
       coalesce(nullif(d.relay_host, ''), nullif(d.relay_ip, ''), d.transport),
       coalesce(d.delay_us, CASE WHEN NOT e.head_missing THEN d.at - e.first_at END)
FROM entry e
CROSS JOIN delivery d ON d.entry = e.id
WHERE e.host IN (SELECT id FROM host WHERE ?3 IS NULL OR id = ?3) AND e.first_at >= ?1 - 3600000000 AND e.first_at < ?2
  AND d.at >= ?1 AND d.at < ?2 AND NOT d.ambiguous
  AND d.state IN ('deferred', 'bounced', 'expired', 'relayed', 'delivered', 'filtered')
UNION ALL
SELECT d.at, d.state, d.dsn, CASE WHEN d.state IN ('deferred', 'bounced', 'expired') THEN d.reply END,
       coalesce(nullif(d.relay_host, ''), nullif(d.relay_ip, ''), d.transport),
       coalesce(d.delay_us, CASE WHEN NOT e.head_missing THEN d.at - e.first_at END)
FROM entry e
CROSS JOIN delivery d ON d.entry = e.id
WHERE e.host IN (SELECT id FROM host WHERE ?3 IS NULL OR id = ?3)
  AND e.last_at > e.first_at + 3600000000 AND e.last_at >= ?1 AND +e.first_at < ?1 - 3600000000
  AND d.at >= ?1 AND d.at < ?2 AND NOT d.ambiguous
  AND d.state IN ('deferred', 'bounced', 'expired', 'relayed', 'delivered', 'filtered')
