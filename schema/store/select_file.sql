SELECT 1 FROM source_file WHERE device = ?1 AND inode = ?2 AND size = ?3 AND mtime_ns = ?4
