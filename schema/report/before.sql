-- Message-IDs of entries from which a message may have come into one that began within the span without an ID that says so (view
-- unnamed_entry): those that began in the two hours before, or by another clock just after it; and older ones that took longer
-- than an hour (index entry_long, whose condition this is).
SELECT e.message_id, e.host, e.first_at
FROM entry e
WHERE e.host IN (SELECT id FROM host WHERE ?3 IS NULL OR id = ?3) AND e.first_at >= ?1 - 7200000000 AND e.first_at < ?1
  AND e.message_id IS NOT NULL
UNION ALL
SELECT e.message_id, e.host, e.first_at
FROM entry e
WHERE e.host IN (SELECT id FROM host WHERE ?3 IS NULL OR id = ?3) AND e.first_at >= ?2 AND e.first_at < ?2 + 10000000
  AND e.message_id IS NOT NULL
UNION ALL
SELECT e.message_id, e.host, e.first_at
FROM entry e
WHERE e.host IN (SELECT id FROM host WHERE ?3 IS NULL OR id = ?3)
  AND e.last_at > e.first_at + 3600000000 AND e.last_at >= ?1 - 3600000000 AND +e.first_at < ?1 - 7200000000
  AND e.message_id IS NOT NULL
