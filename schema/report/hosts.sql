-- The hosts of the database.
SELECT id, name FROM host ORDER BY name
