-- What came before the end of the span and has no end in any log.
SELECT e.host, e.first_at
FROM open_entry o
CROSS JOIN entry e ON e.id = o.id
WHERE (?3 IS NULL OR e.host = ?3) AND e.first_at < ?2
