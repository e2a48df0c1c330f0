INSERT INTO unmatched (plugin, shape, count, example) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (plugin, shape) DO UPDATE SET count = count + excluded.count
