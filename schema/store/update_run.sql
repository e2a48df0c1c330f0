UPDATE run SET ended_at = ?2, lines = ?3, bytes = ?4, matched = ?5, not_mail = ?6, duplicate = ?7, unmatched = ?8,
       malformed = ?9, too_long = ?10, limit_hits = ?11
WHERE id = ?1
