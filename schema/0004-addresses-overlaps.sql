-- 0004: addresses by number, and files that share lines.

-- Each address once. Rows know theirs by a number, so that an index of addresses costs little, and a
-- search by address or domain finds few numbers instead of many texts.

CREATE TABLE address (
	domain TEXT NOT NULL,    -- what follows the last @, in lower case; '' when there is none
	local  TEXT NOT NULL,    -- what stands before it, in lower case
	key    INTEGER NOT NULL, -- a hash of both: two addresses may, rarely, share one
	PRIMARY KEY (domain, local)
) STRICT, WITHOUT ROWID;

ALTER TABLE entry ADD COLUMN sender_key INTEGER;                -- of the envelope sender; NULL: none, or the null sender
ALTER TABLE delivery ADD COLUMN recipient_key INTEGER;
ALTER TABLE delivery ADD COLUMN original_recipient_key INTEGER;

-- address_key, address_domain and address_local exist while a database is brought up to date.
UPDATE entry SET sender_key = address_key(sender);
UPDATE delivery SET recipient_key = address_key(recipient), original_recipient_key = address_key(original_recipient);
INSERT OR IGNORE INTO address (domain, local, key)
SELECT address_domain(a), address_local(a), address_key(a)
FROM (SELECT sender AS a FROM entry UNION SELECT recipient FROM delivery UNION SELECT original_recipient FROM delivery)
WHERE address_key(a) IS NOT NULL;
DROP INDEX IF EXISTS delivery_address;
DROP INDEX IF EXISTS delivery_original;
DROP INDEX IF EXISTS delivery_recipient;
DROP INDEX IF EXISTS entry_sender;

-- Files that hold the same lines (mail.log and mail.info) among others: each is counted.

-- A sample of the lines taken from a source, see src/base/sketch.h; NULL: read before there was one.
ALTER TABLE source ADD COLUMN sketch BLOB;

-- Two sources that hold the same lines: what they tell is counted twice.
CREATE TABLE source_overlap (
	source INTEGER NOT NULL REFERENCES source(id) ON DELETE CASCADE,
	other  INTEGER NOT NULL REFERENCES source(id) ON DELETE CASCADE,  -- source < other
	lines  INTEGER NOT NULL,  -- about how many
	run    INTEGER NOT NULL,  -- that saw it last
	PRIMARY KEY (source, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_overlap_by_other ON source_overlap (other);
