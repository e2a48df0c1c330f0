-- Rows that contradict themselves or refer to what is not there, beyond what foreign keys say: what is wrong and
-- what to do, how many, one of them.
SELECT 'entries end before they begin; trace one of them, and report the lines if the logs are right' AS fault,
       count(*) AS count, min(id) AS one
FROM entry WHERE last_at < first_at
UNION ALL
SELECT 'deliveries are outside the time of their entry; trace one of the entries, and report the lines if the logs are right',
       count(*), min(d.id)
FROM delivery d
JOIN entry e ON e.id = d.entry
WHERE d.at NOT BETWEEN e.first_at AND e.last_at
UNION ALL
SELECT 'links lead from an entry to itself; they are passed over, and can be deleted from table link', count(*), min(parent)
FROM link WHERE parent = child
UNION ALL
SELECT 'log files have a newest record that is older than their oldest; only `qtrail status` shows that', count(*), min(id)
FROM source WHERE last_at < first_at OR (first_at IS NULL) <> (last_at IS NULL)
UNION ALL
SELECT 'log files have counts that cannot be; a file they are of may be read twice or in part: delete their rows of '
       || 'table source only if the file is gone for good', count(*), min(id)
FROM source WHERE offset < 0 OR lines < 0 OR matched < 0 OR unmatched < 0 OR length(tail) > offset
UNION ALL
SELECT 'log files have no content to know them by; they will be read again when they come: delete their rows of table '
       || 'source if the files are gone for good', count(*), min(id)
FROM source WHERE CASE kind WHEN 'file' THEN length(head) = 0 ELSE cursor IS NULL END
UNION ALL
SELECT 'connections under way refer to an entry that is not there; run `qtrail ingest` with --recheck, or delete them '
       || 'from table session', count(*), min(pid)
FROM session WHERE opened IS NOT NULL AND opened NOT IN (SELECT id FROM entry)
UNION ALL
SELECT 'runs end before they start; it is only shown', count(*), min(id)
FROM run WHERE ended_at < started_at
UNION ALL
SELECT 'deliveries have a recipient that table address does not know, so a search by address misses them; make the '
       || 'database anew from the logs if that matters', count(*), min(id)
FROM delivery
WHERE (recipient <> '' AND recipient_key IS NULL) OR (recipient_key IS NOT NULL AND recipient_key NOT IN (SELECT key FROM address))
UNION ALL
SELECT 'entries have a sender that table address does not know, so a search by address misses them; make the database '
       || 'anew from the logs if that matters', count(*), min(id)
FROM entry
WHERE (sender <> '' AND sender_key IS NULL) OR (sender_key IS NOT NULL AND sender_key NOT IN (SELECT key FROM address))
