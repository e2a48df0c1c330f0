-- What logs state of the entries of a range: of which others they came.
SELECT l.parent, l.child, l.kind
FROM link l
WHERE l.child BETWEEN ?1 AND ?2
ORDER BY l.child
