-- References into the line archive of what stays: entries' packed ones, then those of rejects.
SELECT lines, NULL FROM entry WHERE lines IS NOT NULL AND id NOT IN (SELECT id FROM prune_old)
UNION ALL
SELECT NULL, chunk FROM reject
WHERE chunk IS NOT NULL
  AND CASE WHEN entry IS NULL THEN at >= ?1 ELSE entry NOT IN (SELECT id FROM prune_old) END
