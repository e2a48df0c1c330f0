-- 0004: files that hold the same lines (mail.log and mail.info) among others: each was counted.

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
