SELECT s.id, s.path, s.matched, s.sketch, coalesce(o.lines, 0)
FROM source s
LEFT JOIN source_overlap o ON o.source = min(s.id, ?1) AND o.other = max(s.id, ?1)
WHERE s.id <> ?1 AND s.first_at <= ?3 AND s.last_at >= ?2 AND s.sketch IS NOT NULL
ORDER BY s.id
