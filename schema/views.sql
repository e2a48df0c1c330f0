-- Views: made anew at every migration, so they always fit the tables.
-- Times ending in _time are ISO 8601 text, UTC.

DROP VIEW IF EXISTS hop;
DROP VIEW IF EXISTS unnamed_entry;
DROP VIEW IF EXISTS unnamed_notice;
DROP VIEW IF EXISTS next_entry;
DROP VIEW IF EXISTS label;
DROP VIEW IF EXISTS message;
DROP VIEW IF EXISTS last_delivery;
DROP VIEW IF EXISTS open_entry;
DROP VIEW IF EXISTS bounce;
DROP VIEW IF EXISTS coverage;

-- Hosts of which nothing but a short log name is known ("mx1"): the first label of a full name
-- has to do for them. As soon as a full name or an address is known, it no longer does.
CREATE VIEW label AS
SELECT n.host, n.name FROM host_name n
WHERE n.origin = 'log' AND instr(n.name, '.') = 0
  AND NOT EXISTS (SELECT 1 FROM host_name f WHERE f.host = n.host AND (instr(f.name, '.') > 0 OR instr(f.name, ':') > 0));

-- Which entry a claimed next queue ID is. This view and hop are the only place
-- of the rule (formats/next-hop-replies.md section 5):
--   m  Message-IDs: 1 equal, 0 differ, NULL unknown on one side (Sendmail cuts long ones: a prefix counts)
--   r  the relay is a name or address of the child's host (or a loopback relay of the same host)
--   c  the child's client is a name or address of the parent's host
--   rx/cx  the relay/client is known to be another host of ours
--   k  both hosts are known by more than a short log name (view label)
-- A reply is text chosen by whoever runs the relay, so an ID alone is never followed.
CREATE VIEW next_entry AS
SELECT delivery, from_entry, to_entry, m, r, c, same_host
FROM (
	SELECT d.id AS delivery, d.entry AS from_entry, e.id AS to_entry, d.at AS at, e.first_at AS first_at, p.first_at AS parent_at,
	       p.host = e.host AS same_host,
	       CASE WHEN p.message_id IS NULL OR e.message_id IS NULL THEN NULL
	            WHEN p.message_id = e.message_id OR p.resent_message_id = e.message_id
	                 OR p.message_id = e.resent_message_id THEN 1
	            WHEN substr(e.message_id, -1) <> '>'
	                 AND substr(p.message_id, 1, length(e.message_id)) = e.message_id THEN 1
	            WHEN substr(p.message_id, -1) <> '>'
	                 AND substr(e.message_id, 1, length(p.message_id)) = p.message_id THEN 1
	            ELSE 0 END AS m,
	       CASE WHEN p.host = e.host AND (d.relay_ip IN ('127.0.0.1', '::1') OR d.relay_ip LIKE '/%') THEN 1
	            WHEN EXISTS (SELECT 1 FROM host_name n WHERE n.host = e.host AND n.name = lower(d.relay_host)) THEN 1
	            WHEN EXISTS (SELECT 1 FROM host_name n WHERE n.host = e.host AND n.name = lower(d.relay_ip)) THEN 1
	            ELSE EXISTS (SELECT 1 FROM label n WHERE n.host = e.host
	                         AND n.name = substr(lower(d.relay_host), 1, instr(d.relay_host, '.') - 1)) END AS r,
	       CASE WHEN p.host = e.host AND e.client_ip IN ('127.0.0.1', '::1') THEN 1
	            WHEN EXISTS (SELECT 1 FROM host_name n WHERE n.host = p.host AND n.name = lower(e.client_host)) THEN 1
	            WHEN EXISTS (SELECT 1 FROM host_name n WHERE n.host = p.host AND n.name = lower(e.client_ip)) THEN 1
	            ELSE EXISTS (SELECT 1 FROM label n WHERE n.host = p.host
	                         AND n.name = substr(lower(e.client_host), 1, instr(e.client_host, '.') - 1)) END AS c,
	       CASE WHEN EXISTS (SELECT 1 FROM host_name n WHERE n.host <> e.host AND n.name = lower(d.relay_host)) THEN 1
	            ELSE EXISTS (SELECT 1 FROM host_name n WHERE n.host <> e.host AND n.name = lower(d.relay_ip)) END AS rx,
	       CASE WHEN EXISTS (SELECT 1 FROM host_name n WHERE n.host <> p.host AND n.name = lower(e.client_host)) THEN 1
	            ELSE EXISTS (SELECT 1 FROM host_name n WHERE n.host <> p.host AND n.name = lower(e.client_ip)) END AS cx,
	       NOT EXISTS (SELECT 1 FROM label n WHERE n.host IN (e.host, p.host)) AS k
	FROM delivery d
	JOIN entry p ON p.id = d.entry
	JOIN entry e ON e.queue_id = d.next_queue_id AND e.id <> d.entry
	WHERE d.next_queue_id IS NOT NULL AND d.followable AND NOT d.ambiguous
	  AND e.first_at BETWEEN d.at - 3600000000 - coalesce(d.delay_us, 0) AND d.at + 3600000000
	  -- an ID that stands in the message's own Received: headers is easily echoed
	  AND NOT EXISTS (SELECT 1 FROM delivery u WHERE u.next_queue_id = p.queue_id AND u.entry = e.id)
	  AND NOT EXISTS (SELECT 1 FROM link u WHERE u.parent = e.id AND u.child = p.id)
)
-- (r OR NOT rx) AND (c OR NOT cx), and one of: m = 1 and r, c or (NOT k and no earlier than the parent); m unknown, r or c, and
-- within ten minutes. As CASEs, here and above, it is evaluated no further than needed; ANDs and ORs of a subquery's columns are all evaluated.
WHERE CASE WHEN m = 0 THEN 0
           WHEN r THEN CASE WHEN c THEN 1 ELSE NOT cx END
           WHEN rx THEN 0
           WHEN c THEN 1
           WHEN cx THEN 0
           ELSE m = 1 AND NOT k AND first_at >= parent_at - 1000000 END
  AND (m = 1 OR abs(first_at - at) <= 600000000);

-- Which entry an attempt led to though nothing names its ID: a filter behind a pipe or one that answers
-- without an ID, a relay whose last answer was lost or a lie (formats/next-hop-replies.md section 5, weak links).
-- All of this must hold: the same whole Message-ID, the right relay and the right client (or a command on
-- the same host), begun within the attempt, no other way into the entry is known, and no second entry or second parent
-- fits as well. The same recipient decides between several; after an attempt that failed it must be there, behind a command
-- one of the parent's. Large lists are left out: they would cost seconds.
CREATE VIEW unnamed_entry AS
SELECT d.id AS delivery, d.entry AS from_entry, e.id AS to_entry, p.sender IS e.sender AS same_sender
FROM delivery d
JOIN entry p ON p.id = d.entry
JOIN entry e ON e.message_id = p.message_id AND e.id <> p.id
            AND e.first_at BETWEEN d.at - 10000000 - min(coalesce(d.delay_us, 0), 600000000) AND d.at + 10000000
WHERE d.next_queue_id IS NULL AND NOT d.ambiguous AND p.message_id LIKE '<%>'
  AND d.state IN ('relayed', 'delivered', 'filtered', 'deferred', 'bounced')
  AND e.accepted_at IS NOT NULL
  AND CASE WHEN e.client_ip IS NULL AND e.client_host IS NULL
           THEN p.host = e.host AND d.state = 'delivered' AND e.user IS NOT NULL
           WHEN p.host = e.host AND (d.relay_ip IN ('127.0.0.1', '::1') OR d.relay_ip LIKE '/%')
           THEN e.client_ip IN ('127.0.0.1', '::1')
           ELSE (EXISTS (SELECT 1 FROM host_name n WHERE n.host = e.host AND n.name = lower(d.relay_host))
                 OR EXISTS (SELECT 1 FROM host_name n WHERE n.host = e.host AND n.name = lower(d.relay_ip))
                 OR EXISTS (SELECT 1 FROM label n WHERE n.host = e.host
                            AND n.name = substr(lower(d.relay_host), 1, instr(d.relay_host, '.') - 1)))
                AND (EXISTS (SELECT 1 FROM host_name n WHERE n.host = p.host AND n.name = lower(e.client_host))
                     OR EXISTS (SELECT 1 FROM host_name n WHERE n.host = p.host AND n.name = lower(e.client_ip))
                     OR EXISTS (SELECT 1 FROM label n WHERE n.host = p.host
                                AND n.name = substr(lower(e.client_host), 1, instr(e.client_host, '.') - 1))) END
  -- on one host the earlier one came first; within one tick of the clock whichever came from outside
  AND CASE WHEN p.host <> e.host THEN e.first_at >= p.first_at - 10000000
           WHEN e.first_at = p.first_at
           THEN NOT EXISTS (SELECT 1 FROM link k WHERE k.child = p.id)
                AND NOT EXISTS (SELECT 1 FROM delivery u JOIN entry o ON o.id = u.entry
                                WHERE u.next_queue_id = p.queue_id AND o.message_id = p.message_id)
           ELSE e.first_at > p.first_at END
  AND NOT EXISTS (SELECT 1 FROM link k WHERE k.child = e.id)
  AND NOT EXISTS (SELECT 1 FROM delivery u JOIN entry o ON o.id = u.entry
                  WHERE u.next_queue_id = e.queue_id AND o.message_id = e.message_id)
  AND (SELECT count(*) FROM (SELECT 1 FROM entry o WHERE o.message_id = p.message_id LIMIT 257)) <= 256
  AND (SELECT count(*) FROM (SELECT 1 FROM delivery y WHERE y.entry = p.id LIMIT 101)) <= 100
  AND CASE WHEN d.state IN ('deferred', 'bounced')
           THEN EXISTS (SELECT 1 FROM delivery x WHERE x.entry = e.id AND d.recipient IN (x.recipient, x.original_recipient) AND x.state <> 'rejected')
           WHEN e.client_ip IS NULL
           THEN EXISTS (SELECT 1 FROM delivery x JOIN delivery y ON y.entry = p.id AND y.recipient IN (x.recipient, x.original_recipient)
                        WHERE x.entry = e.id)
           ELSE 1 END
  -- another entry it may have been, another parent it may have had
  AND NOT EXISTS (SELECT 1 FROM entry o JOIN delivery x ON x.entry = o.id
                  WHERE o.message_id = p.message_id AND o.id NOT IN (p.id, e.id)
                    AND CASE WHEN o.host = e.host AND o.client_ip IS e.client_ip
                                  AND o.first_at BETWEEN d.at - 10000000 - min(coalesce(d.delay_us, 0), 600000000) AND d.at + 10000000
                             THEN x.state <> 'rejected'
                                  AND (d.recipient IN (x.recipient, x.original_recipient)
                                       OR NOT EXISTS (SELECT 1 FROM delivery z WHERE z.entry = e.id AND d.recipient IN (z.recipient, z.original_recipient)))
                                  AND NOT EXISTS (SELECT 1 FROM link k WHERE k.child = o.id)
                                  AND NOT EXISTS (SELECT 1 FROM delivery u WHERE u.next_queue_id = o.queue_id)
                             WHEN o.host = p.host
                             THEN x.next_queue_id IS NULL AND x.state = d.state
                                  AND (x.recipient = d.recipient
                                       OR NOT EXISTS (SELECT 1 FROM delivery z WHERE z.entry = e.id AND d.recipient IN (z.recipient, z.original_recipient)))
                                  AND x.relay_host IS d.relay_host AND x.relay_ip IS d.relay_ip
                                  AND e.first_at BETWEEN x.at - 10000000 - min(coalesce(x.delay_us, 0), 600000000) AND x.at + 10000000
                        END);

-- Which notice was made of an entry that failed, where the log states no such link (Postfix up to 2.2; pitfall 14):
-- a null sender, nobody who brought it, a Message-ID the host made for that very queue ID, sent to
-- the sender of the one message that failed just then.
CREATE VIEW unnamed_notice AS
SELECT DISTINCT p.id AS from_entry, e.id AS to_entry, e.first_at AS at
FROM entry e
JOIN delivery x ON x.entry = e.id
JOIN entry p ON p.instance IS e.instance AND p.sender <> ''
            AND lower(substr(p.sender, instr(p.sender, '@') + 1)) = +lower(substr(x.recipient, instr(x.recipient, '@') + 1))
            AND lower(p.sender) = +lower(x.recipient)
-- The plus signs and the odd sum keep SQLite from starting with all mail to that address, or all of that host.
JOIN delivery d ON d.entry = p.id AND e.host = p.host + 0 * d.id
WHERE e.sender = '' AND e.client_ip IS NULL AND e.client_host IS NULL AND e.user IS NULL
  AND substr(e.message_id, 16, length(e.queue_id) + 2) = '.' || e.queue_id || '@'
  AND d.state = 'bounced' AND NOT d.ambiguous AND e.first_at BETWEEN d.at - 2000000 AND d.at + 10000000
  AND NOT EXISTS (SELECT 1 FROM link k WHERE k.child = e.id)
  AND NOT EXISTS (SELECT 1 FROM link k WHERE k.parent = p.id AND k.kind = 'bounce')
  -- another of that sender failed then
  AND NOT EXISTS (SELECT 1 FROM entry o JOIN delivery y ON y.entry = o.id
                  WHERE lower(substr(o.sender, instr(o.sender, '@') + 1)) = lower(substr(p.sender, instr(p.sender, '@') + 1))
                    AND lower(o.sender) = lower(p.sender) AND o.sender <> '' AND o.id <> p.id AND o.host = p.host
                    AND y.state = 'bounced' AND e.first_at BETWEEN y.at - 2000000 AND y.at + 10000000)
  -- another notice went to that sender then
  AND NOT EXISTS (SELECT 1 FROM entry o JOIN delivery y ON y.entry = o.id
                  WHERE o.host = e.host AND o.id <> e.id AND o.sender = '' AND o.first_at BETWEEN d.at - 2000000 AND d.at + 10000000
                    AND o.client_ip IS NULL AND lower(y.recipient) = lower(p.sender));

-- Edges. evidence: stated, proven, likely, claimed (DESIGN words; schema/README.md).
-- to_entry is NULL for a claim whose entry is in no log read so far. The CASTs give the three parts
-- columns of one affinity: only then does SQLite flatten the UNION ALL, so that a join on
-- from_entry or to_entry uses the indexes.
CREATE VIEW hop AS
SELECT l.parent AS from_entry, l.child AS to_entry, CAST(l.kind AS TEXT) AS kind,
       CAST('stated' AS TEXT) AS evidence, CAST(NULL AS INTEGER) AS delivery, l.at AS at, e.queue_id AS next_queue_id
FROM link l
JOIN entry p ON p.id = l.parent
JOIN entry e ON e.id = l.child
-- A link that a reply names, too, is in the next part. And a requeued message still tells filters its first ID:
-- the entry whose reply names the child is the parent.
WHERE NOT EXISTS (SELECT 1 FROM next_entry n WHERE n.to_entry = l.child AND (n.from_entry = l.parent OR l.kind = 'filter'))
  AND (l.kind NOT IN ('filter', 'requeue') OR p.message_id IS NULL OR e.message_id IS NULL
       OR p.message_id = e.message_id)
UNION ALL
SELECT n.from_entry, n.to_entry,
       CAST(coalesce((SELECT l.kind FROM link l WHERE l.parent = n.from_entry AND l.child = n.to_entry),
                     CASE d.state WHEN 'filtered' THEN 'filter' WHEN 'expanded' THEN 'forward' ELSE 'relay' END)
            AS TEXT),
       CAST(CASE WHEN EXISTS (SELECT 1 FROM link l WHERE l.parent = n.from_entry AND l.child = n.to_entry)
                 OR (n.same_host AND n.r AND n.c AND n.m IS NOT 0) THEN 'stated'
            WHEN n.m = 1 THEN 'proven'
            ELSE 'likely' END AS TEXT),
       n.delivery, d.at, d.next_queue_id
FROM next_entry n
JOIN delivery d ON d.id = n.delivery
UNION ALL
SELECT d.entry, CAST(NULL AS INTEGER),
       CAST(CASE d.state WHEN 'filtered' THEN 'filter' WHEN 'expanded' THEN 'forward' ELSE 'relay' END AS TEXT),
       CAST('claimed' AS TEXT), d.id, d.at, d.next_queue_id
FROM delivery d
WHERE d.next_queue_id IS NOT NULL AND d.followable AND NOT d.ambiguous
  AND NOT EXISTS (SELECT 1 FROM next_entry n WHERE n.delivery = d.id)
  -- the host's own log states that child: no claim (a filter's word is checked above, and may have been refused)
  AND NOT EXISTS (SELECT 1 FROM link l JOIN entry e ON e.id = l.child
                  WHERE l.parent = d.entry AND e.queue_id = d.next_queue_id AND l.kind NOT IN ('filter', 'requeue'))
UNION ALL
SELECT u.from_entry, u.to_entry,
       CAST(CASE WHEN p.host <> e.host THEN 'relay' WHEN u.same_sender THEN 'filter' ELSE 'forward' END AS TEXT),
       CAST('likely' AS TEXT), u.delivery, d.at, e.queue_id
FROM unnamed_entry u
JOIN delivery d ON d.id = u.delivery
JOIN entry p ON p.id = u.from_entry
JOIN entry e ON e.id = u.to_entry
UNION ALL
SELECT u.from_entry, u.to_entry, CAST('bounce' AS TEXT), CAST('likely' AS TEXT), CAST(NULL AS INTEGER), u.at, e.queue_id
FROM unnamed_notice u
JOIN entry e ON e.id = u.to_entry;

-- Final state per recipient: the last attempt, unless an outcome of the whole entry came after it.
-- An automatic reply (expanded) or an operator's mark (deleted) beside an arrival is not counted; nor is a line that says
-- it was not tried this time (queued) beside one of an attempt. The key is what the index has; the text decides.
CREATE VIEW last_delivery AS
SELECT d.id, d.entry, d.at, d.recipient, d.original_recipient,
       CASE WHEN d.state IN ('queued', 'deferred', 'held') AND e.outcome IS NOT NULL AND e.outcome_at >= d.at
            THEN e.outcome ELSE d.state END AS state,
       d.relay_host, d.relay_ip, d.relay_port, d.transport, d.tls, d.dsn, d.delay_us, d.reply,
       d.next_queue_id, d.server, d.followable,
       (SELECT count(*) FROM delivery a WHERE a.entry = d.entry AND a.recipient_key IS d.recipient_key AND a.recipient = d.recipient
        AND NOT a.ambiguous AND a.state <> 'queued') AS attempts,
       strftime('%Y-%m-%dT%H:%M:%S', d.at / 1000000, 'unixepoch') || printf('.%06dZ', d.at % 1000000) AS at_time
FROM delivery d
JOIN entry e ON e.id = d.entry
WHERE NOT d.ambiguous
  AND NOT (d.state IN ('expanded', 'deleted')
           AND EXISTS (SELECT 1 FROM delivery a WHERE a.entry = d.entry AND a.recipient_key IS d.recipient_key AND a.recipient = d.recipient
                       AND NOT a.ambiguous AND a.state IN ('relayed', 'delivered', 'filtered')))
  AND NOT (d.state = 'queued'
           AND EXISTS (SELECT 1 FROM delivery a WHERE a.entry = d.entry AND a.recipient_key IS d.recipient_key AND a.recipient = d.recipient
                       AND NOT a.ambiguous AND a.state <> 'queued'))
  -- What waited goes on under another name: an address that could not be expanded at first (which has no transport of its own, or
  -- one for all it leads to); a local user, who has a domain while the mail waits and none once it is stored, or that of the
  -- address as it came.
  AND NOT (d.state IN ('queued', 'deferred', 'held')
           AND (EXISTS (SELECT 1 FROM delivery x
                        WHERE x.entry = d.entry AND x.original_recipient_key = d.recipient_key AND x.original_recipient = d.recipient
                        AND d.original_recipient IS NULL AND x.recipient <> d.recipient AND NOT x.ambiguous AND x.at >= d.at
                        AND (d.transport IS NULL OR (x.transport = d.transport AND instr(x.recipient, '@') > 0)))
                OR EXISTS (SELECT 1 FROM delivery x
                           WHERE x.entry = d.entry AND x.original_recipient IS NOT NULL AND instr(x.recipient, '@') = 0
                           AND x.recipient = substr(d.recipient, 1, instr(d.recipient, '@') - 1)
                           AND x.original_recipient = d.original_recipient AND NOT x.ambiguous AND x.at >= d.at)
                OR EXISTS (SELECT 1 FROM delivery x
                           WHERE x.entry = d.entry AND x.recipient_key = d.original_recipient_key AND x.recipient = d.original_recipient
                           AND x.original_recipient IS NULL AND instr(d.recipient, '@') > 0
                           AND lower(substr(x.recipient, 1, instr(x.recipient, '@'))) = lower(substr(d.recipient, 1, instr(d.recipient, '@')))
                           AND NOT x.ambiguous AND x.at >= d.at)))
  AND NOT EXISTS (SELECT 1 FROM delivery x WHERE x.entry = d.entry AND x.recipient_key IS d.recipient_key AND x.recipient = d.recipient
                  AND NOT x.ambiguous AND (x.at > d.at OR (x.at = d.at AND x.id > d.id))
                  AND NOT (x.state = 'queued' AND d.state <> 'queued')
                  -- both are final: it was expanded (a mailbox, a program), and the log has one name for all
                  AND NOT (d.state IN ('bounced', 'expired') AND x.state IN ('relayed', 'delivered', 'filtered'))
                  AND NOT (x.state IN ('bounced', 'expired') AND d.state IN ('relayed', 'delivered', 'filtered'))
                  AND NOT (x.state IN ('expanded', 'deleted')
                           AND EXISTS (SELECT 1 FROM delivery a WHERE a.entry = d.entry AND a.recipient_key IS d.recipient_key AND a.recipient = d.recipient
                                       AND NOT a.ambiguous AND a.state IN ('relayed', 'delivered', 'filtered'))));

-- An entry with readable times.
CREATE VIEW message AS
SELECT e.id, h.name AS host, e.mta, e.instance, e.queue_id, e.message_id, e.resent_message_id, e.sender, e.client_host, e.client_ip,
       e.helo, e.user, e.protocol, e.tls, e.size, e.nrcpt, e.state, e.outcome,
       strftime('%Y-%m-%dT%H:%M:%S', e.first_at / 1000000, 'unixepoch') || printf('.%06dZ', e.first_at % 1000000) AS first_time,
       strftime('%Y-%m-%dT%H:%M:%S', e.last_at / 1000000, 'unixepoch') || printf('.%06dZ', e.last_at % 1000000) AS last_time,
       strftime('%Y-%m-%dT%H:%M:%S', e.accepted_at / 1000000, 'unixepoch') || printf('.%06dZ', e.accepted_at % 1000000) AS accepted_time,
       strftime('%Y-%m-%dT%H:%M:%S', e.closed_at / 1000000, 'unixepoch') || printf('.%06dZ', e.closed_at % 1000000) AS closed_time,
       e.first_at, e.last_at, e.accepted_at, e.closed_at,
       e.head_missing, e.year_inferred, e.host_assumed
FROM entry e
JOIN host h ON h.id = e.host;

-- Still in a queue, as far as the logs say.
CREATE VIEW open_entry AS
SELECT * FROM message m
WHERE closed_at IS NULL AND (state = 'accepted' OR state = 'held' OR state = 'open')
  -- some MTAs log no end: it is over when every recipient has a final state
  AND ((NOT EXISTS (SELECT 1 FROM delivery d WHERE d.entry = m.id)
        -- an ID alone may have been given in a session that brought no message
        AND state <> 'open'
        -- all its recipients went on under the ID of a clone, or failed before any was tried
        AND NOT EXISTS (SELECT 1 FROM link k WHERE k.parent = m.id AND k.kind IN ('clone', 'bounce')))
       OR EXISTS (SELECT 1 FROM last_delivery d WHERE d.entry = m.id AND d.state IN ('queued', 'deferred', 'held')))
  -- it goes on under the ID that a requeue gave it (as view hop believes one), which may be all that tells of it: the old ID is
  -- gone, unless it was tried again
  AND NOT EXISTS (SELECT 1 FROM link k JOIN entry c ON c.id = k.child
                  WHERE k.parent = m.id AND k.kind = 'requeue'
                    AND (m.message_id IS NULL OR c.message_id IS NULL OR m.message_id = c.message_id)
                    AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.entry = m.id AND d.at > c.first_at));

-- Recipients that failed for good, with the reason.
CREATE VIEW bounce AS
SELECT m.host, m.queue_id, m.message_id, m.sender, d.recipient, d.original_recipient, d.state, d.dsn,
       d.relay_host, d.relay_ip, d.reply, d.at, d.at_time
FROM last_delivery d
JOIN message m ON m.id = d.entry
WHERE d.state IN ('bounced', 'expired');

-- What time the logs of each host cover, by what they say of messages and of refusals.
CREATE VIEW coverage AS
WITH c AS MATERIALIZED (
	SELECT h.id AS host_id, h.name AS host,
	       (SELECT min(at) FROM (SELECT min(first_at) AS at FROM entry WHERE host = h.id
	                             UNION ALL SELECT min(at) FROM reject WHERE host = h.id)) AS first_at,
	       (SELECT max(at) FROM (SELECT max(last_at) AS at FROM entry WHERE host = h.id
	                             UNION ALL SELECT max(at) FROM reject WHERE host = h.id)) AS last_at,
	       (SELECT count(*) FROM entry WHERE host = h.id) AS entries,
	       (SELECT count(*) FROM reject WHERE host = h.id) AS rejects
	FROM host h
)
SELECT host_id, host, first_at, last_at, entries, rejects,
       strftime('%Y-%m-%dT%H:%M:%S', first_at / 1000000, 'unixepoch') || 'Z' AS first_time,
       strftime('%Y-%m-%dT%H:%M:%S', last_at / 1000000, 'unixepoch') || 'Z' AS last_time
FROM c;
