-- What hangs together with them, over links and claimed IDs, both ways: all that view hop can show as an edge,
-- and a little more.
INSERT OR IGNORE INTO prune_edge (a, b)
SELECT l.parent, l.child FROM prune_old o CROSS JOIN link l ON l.parent = o.id
UNION ALL
SELECT l.parent, l.child FROM prune_old o CROSS JOIN link l ON l.child = o.id
UNION ALL
SELECT n.from_entry, n.to_entry FROM prune_old o CROSS JOIN next_entry n ON n.from_entry = o.id
UNION ALL
SELECT n.from_entry, n.to_entry FROM prune_old o CROSS JOIN next_entry n ON n.to_entry = o.id
