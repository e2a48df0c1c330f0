-- The host of ours that a relay name or address belongs to; a host of which only a short log name is
-- known (view label) is found by the first label of the relay's name.
SELECT host FROM (
	SELECT host, 1 AS rank FROM host_name
	WHERE name IN (lower(?1), lower(?2))
	UNION ALL
	SELECT host, 2 FROM label
	WHERE name = substr(lower(?1), 1, instr(?1, '.') - 1)
)
ORDER BY rank, host
LIMIT 1
