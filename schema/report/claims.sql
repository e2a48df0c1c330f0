-- Of the hops that lead to the entries of a range, those that a reply names, as view hop has them. (Asked of the whole view,
-- SQLite would read all claims there are.)
SELECT n.from_entry, n.to_entry, n.delivery
FROM entry e
CROSS JOIN next_entry n ON n.to_entry = e.id
WHERE e.id BETWEEN ?1 AND ?2
ORDER BY e.id
