-- Refused in the session within the span.
SELECT at, coalesce(dsn, CAST(code AS TEXT)), reason
FROM reject
WHERE at >= ?1 AND at < ?2 AND (?3 IS NULL OR host = ?3)
