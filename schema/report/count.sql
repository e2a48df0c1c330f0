-- How many entries began within the span, as ids.sql has them.
SELECT count(*)
FROM entry e
WHERE e.host IN (SELECT id FROM host WHERE ?3 IS NULL OR id = ?3) AND e.first_at >= ?1 AND e.first_at < ?2
