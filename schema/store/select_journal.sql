SELECT id, head, tail, offset, lines, matched, unmatched, first_at, last_at, host, path, cursor, sketch
FROM source WHERE kind = 'journal' AND host = ?1 ORDER BY id DESC LIMIT 1
