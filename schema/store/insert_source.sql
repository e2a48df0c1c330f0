INSERT INTO source (id, path, host, head, tail, offset, lines, matched, unmatched, first_at, last_at, run, kind, cursor, sketch)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
ON CONFLICT (id) DO UPDATE SET path = excluded.path, host = excluded.host, head = excluded.head, tail = excluded.tail,
       offset = excluded.offset, lines = excluded.lines, matched = excluded.matched, unmatched = excluded.unmatched,
       first_at = excluded.first_at, last_at = excluded.last_at, run = excluded.run,
       kind = excluded.kind, cursor = excluded.cursor, sketch = excluded.sketch
