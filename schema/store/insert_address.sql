INSERT OR IGNORE INTO address (domain, local, key)
SELECT * FROM new_address
