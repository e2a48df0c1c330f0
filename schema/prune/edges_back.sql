INSERT OR IGNORE INTO prune_edge (a, b) SELECT b, a FROM prune_edge
