-- What the log of a host (by name) says is still in its queue, oldest first: the index entry_open has them in that order. The last column:
-- an attempt of it failed or it was held; else it was not tried yet.
SELECT o.id, o.state, o.first_at, o.last_at,
       EXISTS (SELECT 1 FROM last_delivery d WHERE d.entry = o.id AND d.state IN ('deferred', 'held'))
FROM open_entry o
WHERE o.host = ?1
ORDER BY o.first_at, o.id
