-- 0002: what lasts from line to line beside entries. A connection is told of before any queue ID, and goes
-- on when a file, a batch or a run ends; so what is known of it is committed with everything else.

-- Connections of mail processes under way, as far as read. qtrail's own business.
CREATE TABLE session (
	host        TEXT NOT NULL,     -- as logged
	ident       TEXT NOT NULL,
	pid         INTEGER NOT NULL,
	at          INTEGER NOT NULL,  -- its last line
	client_host TEXT,
	client_ip   TEXT,
	helo        TEXT,
	user        TEXT,
	tls         TEXT,
	relay_ip    TEXT,
	opened      INTEGER,           -- the entry it opened last: id, queue ID, host
	opened_id   TEXT,
	opened_host INTEGER,
	PRIMARY KEY (host, ident, pid)
) STRICT, WITHOUT ROWID;
