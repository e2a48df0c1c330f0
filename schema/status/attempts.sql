-- Ten-minute slots within a silence (?2 to ?3) in which a host tried to deliver what had come before it, or
-- saw the last of it. No queue keeps mail for longer than a week by default.
SELECT DISTINCT at / 600000000
FROM (
	SELECT d.at FROM entry e CROSS JOIN delivery d ON d.entry = e.id
	WHERE e.host = ?1 AND e.first_at >= ?2 - 604800000000 AND e.first_at < ?2
	UNION ALL
	SELECT e.last_at FROM entry e
	WHERE e.host = ?1 AND e.first_at >= ?2 - 604800000000 AND e.first_at < ?2
)
WHERE at >= ?2 AND at < ?3
