-- 0001: the first schema. The contract is described in schema/README.md; all
-- times are INTEGER microseconds since 1970-01-01 UTC, sizes bytes.

-- Mail hosts, as their logs name them.
CREATE TABLE host (
	id   INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE
) STRICT;

-- Names and addresses (lower case) by which other hosts reach or see a host.
-- origin: log (the host field of its lines), own (the domain in Message-IDs its
-- MTA made), config (told by the operator), learned (an address logged beside one of its names).
CREATE TABLE host_name (
	host   INTEGER NOT NULL REFERENCES host(id),
	name   TEXT NOT NULL,
	origin TEXT NOT NULL CHECK (origin IN ('log', 'own', 'config', 'learned')),
	PRIMARY KEY (name, host)
) STRICT, WITHOUT ROWID;

-- One call of qtrail ingest.
CREATE TABLE run (
	id         INTEGER PRIMARY KEY,
	started_at INTEGER NOT NULL,
	ended_at   INTEGER,              -- NULL: still running, or killed
	version    TEXT NOT NULL,
	lines      INTEGER NOT NULL DEFAULT 0,
	bytes      INTEGER NOT NULL DEFAULT 0, -- decompressed
	matched    INTEGER NOT NULL DEFAULT 0, -- lines a rule took
	not_mail   INTEGER NOT NULL DEFAULT 0, -- lines of programs no plugin owns, and decorations
	duplicate  INTEGER NOT NULL DEFAULT 0, -- copies of lines already taken
	unmatched  INTEGER NOT NULL DEFAULT 0, -- lines of a plugin's program that no rule takes
	malformed  INTEGER NOT NULL DEFAULT 0, -- lines in no known framing
	too_long   INTEGER NOT NULL DEFAULT 0,
	limit_hits INTEGER NOT NULL DEFAULT 0  -- matches given up for their cost (counted in unmatched)
) STRICT;

-- A log file, known by its content: the first bytes and those before offset.
CREATE TABLE source (
	id        INTEGER PRIMARY KEY,
	path      TEXT NOT NULL,         -- name at the last reading
	host      TEXT,                  -- host given for lines that carry none
	head      BLOB NOT NULL,         -- first bytes of the decompressed file (up to 4096)
	tail      BLOB NOT NULL,         -- end of the line before offset (up to 2047 bytes)
	offset    INTEGER NOT NULL,      -- decompressed bytes taken so far
	lines     INTEGER NOT NULL,      -- lines taken so far
	matched   INTEGER NOT NULL,
	unmatched INTEGER NOT NULL,
	first_at  INTEGER,               -- oldest and newest record
	last_at   INTEGER,
	run       INTEGER NOT NULL REFERENCES run(id) -- that read it last
) STRICT;

-- The line archive: raw log lines in zstd chunks. data decompresses to raw_size bytes,
-- lines separated by newlines. Entries refer to lines by (chunk, offset).
CREATE TABLE line_chunk (
	id       INTEGER PRIMARY KEY,
	raw_size INTEGER NOT NULL,
	data     BLOB NOT NULL
) STRICT;

-- One life of a queue ID in one queue.
CREATE TABLE entry (
	id            INTEGER PRIMARY KEY,
	host          INTEGER NOT NULL REFERENCES host(id),
	mta           TEXT NOT NULL,     -- postfix, exim, sendmail, ...
	instance      TEXT,              -- first part of the ident, where the MTA has instances
	queue_id      TEXT NOT NULL,
	message_id    TEXT,              -- <id@domain>; NULL: none seen
	resent_message_id TEXT,          -- of the Resent-Message-ID header
	sender        TEXT,              -- envelope sender; '' is the null sender; NULL: not seen
	client_host   TEXT,
	client_ip     TEXT,
	helo          TEXT,
	user          TEXT,              -- authenticated or local user
	protocol      TEXT,
	tls           TEXT,
	size          INTEGER,
	nrcpt         INTEGER,           -- recipients in the queue when accepted
	first_at      INTEGER NOT NULL,  -- first and last line
	last_at       INTEGER NOT NULL,
	accepted_at   INTEGER,           -- NULL: acceptance not seen
	closed_at     INTEGER,           -- NULL: end not seen
	-- ORs, not IN: for a list SQLite builds a temporary table at every row it checks
	state         TEXT NOT NULL CHECK (state = 'open' OR state = 'accepted' OR state = 'held'
	                                   OR state = 'completed' OR state = 'deleted' OR state = 'discarded'
	                                   OR state = 'aborted' OR state = 'requeued' OR state = 'corrupt'),
	outcome       TEXT,              -- state of all recipients that had no final one at outcome_at
	outcome_at    INTEGER,
	outcome_reply TEXT,
	head_missing  INTEGER NOT NULL,  -- 1: its beginning is in no log read so far
	year_inferred INTEGER NOT NULL,  -- 1: a stamp had no year
	host_assumed  INTEGER NOT NULL,  -- 1: the log carries no host name
	lines         BLOB               -- its lines in the archive: see schema/README.md
) STRICT;

-- One attempt for one recipient.
CREATE TABLE delivery (
	id                 INTEGER PRIMARY KEY,
	entry              INTEGER NOT NULL REFERENCES entry(id),
	at                 INTEGER NOT NULL,
	recipient          TEXT NOT NULL,
	original_recipient TEXT,         -- before aliasing, where it differs
	state              TEXT NOT NULL,
	relay_host         TEXT,
	relay_ip           TEXT,
	relay_port         INTEGER,
	transport          TEXT,
	tls                TEXT,
	dsn                TEXT,         -- enhanced status code
	delay_us           INTEGER,      -- since arrival
	reply              TEXT,
	next_queue_id      TEXT,         -- claimed by the next hop
	server             TEXT,         -- the next hop's kind, as its reply tells
	followable         INTEGER NOT NULL, -- 1: next_queue_id can show up in a log
	ambiguous          INTEGER NOT NULL  -- 1: the line can be read two ways; it changes no state
) STRICT;

-- What the log of one host states: child came of parent.
CREATE TABLE link (
	parent INTEGER NOT NULL REFERENCES entry(id),
	child  INTEGER NOT NULL REFERENCES entry(id),
	kind   TEXT NOT NULL CHECK (kind = 'relay' OR kind = 'filter' OR kind = 'forward' OR kind = 'bounce'
	                            OR kind = 'delay' OR kind = 'dsn' OR kind = 'requeue' OR kind = 'clone'),
	at     INTEGER NOT NULL,
	PRIMARY KEY (parent, child, kind)
) STRICT, WITHOUT ROWID;

-- Refused in the session.
CREATE TABLE reject (
	id          INTEGER PRIMARY KEY,
	host        INTEGER NOT NULL REFERENCES host(id),
	at          INTEGER NOT NULL,
	entry       INTEGER REFERENCES entry(id), -- NULL: before a queue ID was given
	stage       TEXT,                -- CONNECT, RCPT, DATA, ...
	client_host TEXT,
	client_ip   TEXT,
	helo        TEXT,
	sender      TEXT,
	recipient   TEXT,
	code        INTEGER,             -- SMTP reply code
	dsn         TEXT,
	reason      TEXT,
	chunk       INTEGER,             -- its line in the archive: id of line_chunk, and offset
	chunk_at    INTEGER
) STRICT;

-- Worth knowing, changes no state.
CREATE TABLE note (
	id    INTEGER PRIMARY KEY,
	entry INTEGER NOT NULL REFERENCES entry(id),
	at    INTEGER NOT NULL,
	origin TEXT NOT NULL,            -- plugin and rule
	text  TEXT NOT NULL
) STRICT;

-- Line shapes that no rule takes.
CREATE TABLE unmatched (
	plugin  TEXT NOT NULL,
	shape   TEXT NOT NULL,           -- the body with numbers, IDs and addresses blanked
	count   INTEGER NOT NULL,
	example TEXT NOT NULL,
	PRIMARY KEY (plugin, shape)
) STRICT, WITHOUT ROWID;
