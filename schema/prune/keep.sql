-- Whole traces: what hangs together with a newer or an open entry stays.
UPDATE prune_old SET keep = 2
WHERE keep = 0 AND id IN (
	WITH RECURSIVE kept(id) AS (
		SELECT id FROM prune_old WHERE keep = 1
		UNION
		SELECT a FROM prune_edge WHERE b NOT IN (SELECT id FROM prune_old)
		UNION
		SELECT e.b FROM kept k CROSS JOIN prune_edge e ON e.a = k.id
	)
	SELECT id FROM kept
)
