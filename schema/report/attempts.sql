-- Attempts within the span, of one host or (?3 NULL) of all. From end to end of the attempts: their entries may be
-- of any age, and no index has their time.
SELECT d.at, d.state, d.dsn, CASE WHEN d.state IN ('deferred', 'bounced', 'expired') THEN d.reply END,
       coalesce(nullif(d.relay_host, ''), nullif(d.relay_ip, ''), d.transport),
       coalesce(d.delay_us, CASE WHEN NOT e.head_missing THEN d.at - e.first_at END)
FROM delivery d NOT INDEXED
CROSS JOIN entry e ON e.id = d.entry
WHERE d.at >= ?1 AND d.at < ?2 AND (?3 IS NULL OR e.host = ?3) AND NOT d.ambiguous
  AND d.state IN ('deferred', 'bounced', 'expired', 'relayed', 'delivered', 'filtered')
