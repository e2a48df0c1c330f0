-- Recipients given up within the span without an attempt that says so: the last attempt has the reason.
SELECT d.entry, e.outcome_at, 'expired', d.dsn, d.reply
FROM entry e
CROSS JOIN last_delivery d ON d.entry = e.id
WHERE e.host IN (SELECT id FROM host WHERE ?3 IS NULL OR id = ?3)
  AND e.first_at >= ?4 AND e.first_at < ?2
  AND e.outcome IN ('bounced', 'expired') AND e.outcome_at >= ?1 AND e.outcome_at < ?2
  AND d.state = e.outcome AND (SELECT a.state FROM delivery a WHERE a.id = d.id) <> e.outcome
