-- Entries that may be the next ones of one: whether they are, and how, view hop says (parents.sql).
SELECT n.to_entry FROM next_entry n WHERE n.from_entry = ?1
UNION
SELECT l.child FROM link l WHERE l.parent = ?1 AND l.kind NOT IN ('bounce', 'delay', 'dsn')
UNION
SELECT u.to_entry FROM unnamed_entry u WHERE u.from_entry = ?1
