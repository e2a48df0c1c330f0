-- Indexes. Kept apart from the tables so that a first load may build them at its end.
CREATE INDEX IF NOT EXISTS entry_queue_id ON entry (queue_id);
CREATE INDEX IF NOT EXISTS entry_host ON entry (host, first_at);
DROP INDEX IF EXISTS entry_message_id;
CREATE INDEX IF NOT EXISTS entry_message ON entry (message_id, first_at) WHERE message_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS delivery_entry ON delivery (entry, recipient);
CREATE INDEX IF NOT EXISTS delivery_next_queue_id ON delivery (next_queue_id, entry) WHERE next_queue_id IS NOT NULL;
-- By domain, and by address within it, whatever the case: qtrail search, and queries that write the same expressions.
DROP INDEX IF EXISTS delivery_recipient;
CREATE INDEX IF NOT EXISTS delivery_address ON delivery (lower(substr(recipient, instr(recipient, '@') + 1)), lower(recipient));
CREATE INDEX IF NOT EXISTS delivery_original ON delivery (lower(substr(original_recipient, instr(original_recipient, '@') + 1)), lower(original_recipient)) WHERE original_recipient IS NOT NULL;
CREATE INDEX IF NOT EXISTS entry_sender ON entry (lower(substr(sender, instr(sender, '@') + 1)), lower(sender)) WHERE sender <> '';
CREATE INDEX IF NOT EXISTS link_child ON link (child);
CREATE INDEX IF NOT EXISTS reject_at ON reject (at);
CREATE INDEX IF NOT EXISTS reject_entry ON reject (entry) WHERE entry IS NOT NULL;
CREATE INDEX IF NOT EXISTS note_entry ON note (entry);
