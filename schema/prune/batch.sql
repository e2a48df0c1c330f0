-- Some thousand entries to delete in one transaction, with all that hangs together with each.
INSERT INTO prune_batch (id)
WITH RECURSIVE whole(id) AS (
	SELECT id FROM (SELECT id FROM prune_old ORDER BY id LIMIT ?1)
	UNION
	SELECT e.b FROM whole w CROSS JOIN prune_edge e ON e.a = w.id
)
SELECT id FROM whole
