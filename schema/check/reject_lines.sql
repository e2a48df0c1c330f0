-- Refusals whose line is not where they say.
SELECT count(*), min(r.id)
FROM reject r
LEFT JOIN line_chunk c ON c.id = r.chunk
WHERE r.chunk IS NOT NULL AND (c.id IS NULL OR r.chunk_at IS NULL OR r.chunk_at < 0 OR r.chunk_at >= c.raw_size)
