-- Of the hops that lead to these entries, those that a reply names and no log states: all at once, as view hop has
-- them. (Asked of the whole view, SQLite would read all claims there are.)
SELECT n.from_entry, n.to_entry, NULL, n.delivery
FROM entry e
CROSS JOIN next_entry n ON n.to_entry = e.id
WHERE e.host IN (SELECT id FROM host WHERE ?3 IS NULL OR id = ?3) AND e.first_at >= ?1 AND e.first_at < ?2
