-- Addresses nobody has any more.
DELETE FROM address
WHERE NOT EXISTS (SELECT 1 FROM entry WHERE sender_key = key)
  AND NOT EXISTS (SELECT 1 FROM delivery WHERE recipient_key = key)
  AND NOT EXISTS (SELECT 1 FROM delivery WHERE original_recipient_key = key)
