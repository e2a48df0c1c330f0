-- Messages from or to an address (?1): that is a question for a search. Of very many some; of those the latest first.
SELECT e.queue_id, h.name, e.first_at
FROM (SELECT id FROM (SELECT entry AS id FROM delivery
      WHERE lower(substr(recipient, instr(recipient, '@') + 1)) = lower(substr(?1, instr(?1, '@') + 1))
        AND lower(recipient) = lower(?1) LIMIT 2000)
      UNION
      SELECT id FROM (SELECT id FROM entry
      WHERE sender <> '' AND lower(substr(sender, instr(sender, '@') + 1)) = lower(substr(?1, instr(?1, '@') + 1))
        AND lower(sender) = lower(?1) LIMIT 2000)) f
JOIN entry e ON e.id = f.id
JOIN host h ON h.id = e.host
ORDER BY e.first_at DESC, e.id DESC
LIMIT 5
