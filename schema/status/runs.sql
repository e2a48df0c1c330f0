-- All runs in one row, then the last one.
SELECT count(*), min(started_at), max(ended_at), NULL, sum(lines), sum(bytes), sum(matched), sum(not_mail), sum(duplicate),
       sum(unmatched), sum(malformed), sum(too_long), sum(limit_hits)
FROM run
UNION ALL
SELECT 1, started_at, ended_at, version, lines, bytes, matched, not_mail, duplicate, unmatched, malformed, too_long, limit_hits
FROM run WHERE id = (SELECT max(id) FROM run)
