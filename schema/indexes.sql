-- Indexes. Kept apart from the tables so that a first load may build them at its end.
CREATE INDEX IF NOT EXISTS entry_queue_id ON entry (queue_id);
CREATE INDEX IF NOT EXISTS entry_host ON entry (host, first_at);
CREATE INDEX IF NOT EXISTS entry_message_id ON entry (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS delivery_entry ON delivery (entry, recipient);
CREATE INDEX IF NOT EXISTS delivery_next_queue_id ON delivery (next_queue_id, entry) WHERE next_queue_id IS NOT NULL;
-- By key of an address: table address has the texts.
CREATE INDEX IF NOT EXISTS delivery_recipient ON delivery (recipient_key);
CREATE INDEX IF NOT EXISTS delivery_original ON delivery (original_recipient_key) WHERE original_recipient_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS entry_sender ON entry (sender_key) WHERE sender_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS link_child ON link (child);
CREATE INDEX IF NOT EXISTS reject_at ON reject (at);
CREATE INDEX IF NOT EXISTS reject_entry ON reject (entry) WHERE entry IS NOT NULL;
CREATE INDEX IF NOT EXISTS note_entry ON note (entry);
