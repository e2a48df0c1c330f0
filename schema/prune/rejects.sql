-- Some refusals before any queue ID.
DELETE FROM reject WHERE id IN (SELECT id FROM reject WHERE at < ?1 AND entry IS NULL LIMIT ?2)
