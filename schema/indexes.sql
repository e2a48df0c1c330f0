-- Indexes. Kept apart from the tables so that a first load may build them at its end.
CREATE INDEX IF NOT EXISTS entry_queue_id ON entry (queue_id);
CREATE INDEX IF NOT EXISTS entry_host ON entry (host, first_at);
-- What is still queued: few, but where the MTA logs no end. The condition is that of view open_entry, word for word.
CREATE INDEX IF NOT EXISTS entry_open ON entry (host, first_at) WHERE closed_at IS NULL AND (state = 'accepted' OR state = 'held' OR state = 'open');
-- What took long: qtrail report finds attempts of old mail by it.
CREATE INDEX IF NOT EXISTS entry_long ON entry (host, last_at) WHERE last_at > first_at + 3600000000;
-- What did not go the usual way, which is little: qtrail search --state, --dsn. Queries repeat the conditions.
CREATE INDEX IF NOT EXISTS entry_trouble ON entry (state, outcome) WHERE NOT (state = 'accepted' OR state = 'completed') OR outcome IS NOT NULL;
CREATE INDEX IF NOT EXISTS delivery_trouble ON delivery (state, dsn) WHERE dsn >= '3' OR NOT (state = 'relayed' OR state = 'delivered' OR state = 'filtered');
DROP INDEX IF EXISTS entry_message_id;
CREATE INDEX IF NOT EXISTS entry_message ON entry (message_id, first_at) WHERE message_id IS NOT NULL;
DROP INDEX IF EXISTS delivery_entry;
CREATE INDEX IF NOT EXISTS delivery_entry_key ON delivery (entry, recipient_key);
CREATE INDEX IF NOT EXISTS delivery_next_queue_id ON delivery (next_queue_id, entry) WHERE next_queue_id IS NOT NULL;
-- By key of an address: table address has the texts.
CREATE INDEX IF NOT EXISTS delivery_recipient ON delivery (recipient_key);
DROP INDEX IF EXISTS delivery_original;
CREATE INDEX IF NOT EXISTS delivery_original_entry ON delivery (original_recipient_key, entry) WHERE original_recipient_key IS NOT NULL;
-- Local users of an alias, by whose name alone view last_delivery knows them again: the condition is its, word for word.
CREATE INDEX IF NOT EXISTS delivery_local ON delivery (entry, recipient) WHERE original_recipient IS NOT NULL AND instr(recipient, '@') = 0;
CREATE INDEX IF NOT EXISTS entry_sender ON entry (sender_key) WHERE sender_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS link_child ON link (child);
CREATE INDEX IF NOT EXISTS reject_at ON reject (at);
CREATE INDEX IF NOT EXISTS reject_host ON reject (host, at);
CREATE INDEX IF NOT EXISTS reject_entry ON reject (entry) WHERE entry IS NOT NULL;
CREATE INDEX IF NOT EXISTS note_entry ON note (entry);
