-- When a host's log tells of something new: mail that came, mail that was refused.
SELECT first_at FROM entry WHERE host = ?1
UNION ALL
SELECT at FROM reject WHERE host = ?1
