-- Traces a queue ID in plain sqlite3: all entries that hang together with it over hops, up and
-- down, then those hops. Start it with
--
--     sqlite3 -cmd ".param set :id 'A1B2C3'" DB < schema/queries/trace.sql
--
-- or, for a Message-ID, :id '<id@domain>'. All lives of a reused ID are taken.
--
-- Why it is written like this: SQLite hands the constraint of a join into the view hop (a UNION
-- ALL) only where hop is the sole table of a subquery that stands for itself. So each step
-- asks the view for one entry at a time (json_group_array over such a subquery), and json_each
-- makes rows of it again: an index look-up an entry, milliseconds on a database of any size. CROSS
-- JOIN keeps SQLite from starting at the other table.
.mode box
.headers on

CREATE TEMP TABLE IF NOT EXISTS reached (id INTEGER PRIMARY KEY);
DELETE FROM reached;

INSERT INTO reached
WITH RECURSIVE reach(id) AS (
	SELECT id FROM entry WHERE queue_id = :id
	UNION
	SELECT id FROM entry WHERE message_id = :id
	UNION
	SELECT down.value
	FROM reach AS r,
	     json_each((SELECT json_group_array(to_entry)
	                FROM (SELECT to_entry FROM hop
	                      WHERE from_entry = r.id AND to_entry IS NOT NULL LIMIT -1))) AS down
	UNION
	SELECT up.value
	FROM reach AS r,
	     json_each((SELECT json_group_array(from_entry)
	                FROM (SELECT from_entry FROM hop WHERE to_entry = r.id LIMIT -1))) AS up
)
SELECT id FROM reach;

-- The entries, oldest first.
SELECT m.id, m.first_time, m.host, m.mta, m.queue_id, m.sender, m.state
FROM reached
CROSS JOIN message m ON m.id = reached.id
ORDER BY m.first_at, m.id;

-- What became of their recipients. The entry where one is not handed on is the last place known.
SELECT d.entry, d.at_time, d.recipient, d.state, d.attempts, coalesce(d.relay_host, d.relay_ip) AS relay,
       d.dsn, d.next_queue_id, d.reply
FROM reached
CROSS JOIN last_delivery d ON d.entry = reached.id
ORDER BY d.entry, d.at, d.id;

-- The hops between them; to_entry is empty for a claim whose entry is in no log read so far.
SELECT h.value ->> 0 AS from_entry, h.value ->> 1 AS to_entry, h.value ->> 2 AS kind,
       h.value ->> 3 AS evidence, h.value ->> 4 AS next_queue_id, count(*) AS recipients
FROM reached AS r,
     json_each((SELECT json_group_array(json_array(from_entry, to_entry, kind, evidence, next_queue_id))
                FROM (SELECT from_entry, to_entry, kind, evidence, next_queue_id FROM hop
                      WHERE from_entry = r.id LIMIT -1))) AS h
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2;
