-- FAIL: see insert_entry.sql
INSERT OR FAIL INTO note (id, entry, at, origin, text)
SELECT * FROM new_note
