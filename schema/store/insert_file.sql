INSERT OR REPLACE INTO source_file (device, inode, size, mtime_ns, source) VALUES (?1, ?2, ?3, ?4, ?5)
