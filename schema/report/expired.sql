-- Recipients given up within the span without an attempt that says so: the last attempt has the reason.
SELECT e.outcome_at, d.dsn, d.reply
FROM entry e
CROSS JOIN last_delivery d ON d.entry = e.id
WHERE e.outcome IN ('bounced', 'expired') AND e.outcome_at >= ?1 AND e.outcome_at < ?2
  AND (?3 IS NULL OR e.host = ?3)
  AND d.state = e.outcome AND (SELECT a.state FROM delivery a WHERE a.id = d.id) <> e.outcome
