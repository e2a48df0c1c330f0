-- The host of ours that a relay name or address belongs to.
SELECT host FROM host_name
WHERE name IN (lower(?1), lower(?2))
ORDER BY origin = 'log', host
LIMIT 1
