SELECT id, head, tail, offset, lines, matched, unmatched, first_at, last_at, host, path FROM source ORDER BY id DESC
