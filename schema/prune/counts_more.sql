-- The same of what hangs on entries; ?1 as in old.sql.
SELECT (SELECT count(*) FROM delivery WHERE entry IN (SELECT id FROM prune_old)),
       (SELECT count(*) FROM note WHERE entry IN (SELECT id FROM prune_old)),
       (SELECT count(*) FROM reject WHERE entry IN (SELECT id FROM prune_old))
       + (SELECT count(*) FROM reject WHERE at < ?1 AND entry IS NULL)
