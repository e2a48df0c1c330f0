-- 0003: sources other than files, and files known to be finished without reading them again.

-- journal: read by journalctl, continued after cursor instead of at an offset; head and tail are empty.
ALTER TABLE source ADD COLUMN kind TEXT NOT NULL DEFAULT 'file' CHECK (kind IN ('file', 'journal'));
ALTER TABLE source ADD COLUMN cursor TEXT;

-- A file whose content was read to its end, as it was then. While size and time of change
-- are the same it is not opened again; when they differ its content decides.
CREATE TABLE source_file (
	device   INTEGER NOT NULL,
	inode    INTEGER NOT NULL,
	size     INTEGER NOT NULL,
	mtime_ns INTEGER NOT NULL,
	source   INTEGER NOT NULL REFERENCES source(id) ON DELETE CASCADE,
	PRIMARY KEY (device, inode)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_file_by_source ON source_file (source);
