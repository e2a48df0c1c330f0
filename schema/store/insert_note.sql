INSERT INTO note (id, entry, at, origin, text)
SELECT * FROM new_note
