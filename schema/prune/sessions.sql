-- Connections under way do not refer to what is gone: its id may be given out again.
UPDATE session SET opened = NULL, opened_id = NULL, opened_host = NULL WHERE opened IN (SELECT id FROM prune_batch)
