-- For a first load: made again at its end (random inserts into them cost more than the rows).
DROP INDEX IF EXISTS entry_host;
DROP INDEX IF EXISTS entry_message;
DROP INDEX IF EXISTS delivery_entry_key;
DROP INDEX IF EXISTS delivery_next_queue_id;
DROP INDEX IF EXISTS delivery_recipient;
DROP INDEX IF EXISTS delivery_original_entry;
DROP INDEX IF EXISTS entry_sender;
DROP INDEX IF EXISTS reject_at;
DROP INDEX IF EXISTS reject_host;
