-- Files and journals, the one with the newest record first.
SELECT s.path, s.host, s.kind = 'journal', s.first_at, s.last_at, s.offset, s.lines, s.matched, s.unmatched, r.started_at
FROM source s
LEFT JOIN run r ON r.id = s.run
ORDER BY s.last_at DESC, s.id DESC
