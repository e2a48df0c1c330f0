-- A host by one of its names or addresses, or by its short name.
SELECT h.id, h.name
FROM host h
WHERE lower(h.name) = lower(?1)
   OR EXISTS (SELECT 1 FROM host_name n WHERE n.host = h.id AND n.name = lower(?1))
ORDER BY lower(h.name) = lower(?1) DESC, h.id
LIMIT 1
