-- Attempts within the span, of entries that began at ?4 or later. CROSS JOIN: by the indexes, entries first.
SELECT d.entry, d.at, d.state, d.dsn, d.reply, d.relay_host, d.relay_ip, d.transport,
       coalesce(d.delay_us, CASE WHEN NOT e.head_missing THEN d.at - e.first_at END)
FROM entry e
CROSS JOIN delivery d ON d.entry = e.id
WHERE e.host IN (SELECT id FROM host WHERE ?3 IS NULL OR id = ?3)
  AND e.first_at >= ?4 AND e.first_at < ?2 AND e.last_at >= ?1
  AND d.at >= ?1 AND d.at < ?2 AND NOT d.ambiguous
  AND d.state IN ('deferred', 'bounced', 'expired', 'relayed', 'delivered', 'filtered')
