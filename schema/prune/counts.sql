-- What would go, and why what is as old stays.
SELECT (SELECT count(*) FROM prune_old WHERE keep = 0),
       (SELECT count(*) FROM prune_old WHERE keep = 1),
       (SELECT count(*) FROM prune_old WHERE keep = 2)
