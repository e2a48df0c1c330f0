SELECT id, head, tail, offset, lines, matched, unmatched, first_at, last_at, host, path, cursor, sketch
FROM source WHERE kind = 'file' ORDER BY id DESC
