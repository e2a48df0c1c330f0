-- A host by its name, by another of its names or addresses, or (view label) by the first label of a full name.
SELECT h.id, h.name
FROM host h
WHERE lower(h.name) = lower(?1)
   OR EXISTS (SELECT 1 FROM host_name n WHERE n.host = h.id AND n.name = lower(?1))
   OR EXISTS (SELECT 1 FROM label n WHERE n.host = h.id AND n.name = substr(lower(?1), 1, instr(?1, '.') - 1))
ORDER BY lower(h.name) = lower(?1) DESC, h.id
LIMIT 1
