-- Work tables of one prune, in a temporary file: what is to go, and what hangs together with it.
-- keep: 0 to be deleted, 1 still open, 2 hangs together with what is kept.
CREATE TEMP TABLE prune_old (id INTEGER PRIMARY KEY, keep INTEGER NOT NULL);
CREATE TEMP TABLE prune_edge (a INTEGER NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TEMP TABLE prune_batch (id INTEGER PRIMARY KEY);
