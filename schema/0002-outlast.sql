-- 0002: what must outlast a line, a file and a run, so that killing one or reading files in another order
-- changes nothing.

-- A hold that is read after the release which followed it does not count.
ALTER TABLE entry ADD COLUMN state_at INTEGER; -- the line that set the state; NULL: by its acceptance, or unknown
UPDATE entry SET state_at = CASE WHEN closed_at IS NOT NULL THEN closed_at
                                 WHEN state IN ('held', 'aborted') THEN last_at END;

-- Connections of mail processes under way, as far as read: they tell TLS and user before any queue ID.
-- qtrail's own business.
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
	hold        INTEGER NOT NULL,  -- 1: its next message goes into the hold queue
	PRIMARY KEY (host, ident, pid)
) STRICT, WITHOUT ROWID;

-- What waits for a line to come: 'rules': parts of records that were split, and lines of which a copy may
-- follow. qtrail's own business.
CREATE TABLE pending (
	name TEXT PRIMARY KEY,
	data BLOB NOT NULL
) STRICT, WITHOUT ROWID;
