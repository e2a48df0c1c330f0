INSERT INTO source_overlap (source, other, lines, run) VALUES (min(?1, ?2), max(?1, ?2), ?3, ?4)
ON CONFLICT (source, other) DO UPDATE SET lines = excluded.lines, run = excluded.run
