-- The hop to an entry that nothing names, as view hop has it.
SELECT u.from_entry, u.to_entry, NULL, u.delivery
FROM unnamed_entry u
WHERE u.to_entry = ?1
