-- Words that schema/README.md does not know: where, which, how many rows, one of them.
SELECT 'delivery.state', state, count(*), min(id) FROM delivery
WHERE state NOT IN ('queued', 'deferred', 'relayed', 'delivered', 'filtered', 'expanded', 'discarded', 'rejected', 'bounced',
                    'expired', 'held', 'deleted', 'probe')
GROUP BY state
UNION ALL
SELECT 'entry.state', state, count(*), min(id) FROM entry
WHERE state NOT IN ('open', 'accepted', 'held', 'completed', 'deleted', 'discarded', 'aborted', 'requeued', 'corrupt')
GROUP BY state
UNION ALL
SELECT 'entry.outcome', outcome, count(*), min(id) FROM entry
WHERE outcome NOT IN ('queued', 'deferred', 'relayed', 'delivered', 'filtered', 'expanded', 'discarded', 'rejected', 'bounced',
                      'expired', 'held', 'deleted', 'probe')
GROUP BY outcome
UNION ALL
SELECT 'link.kind', kind, count(*), min(parent) FROM link
WHERE kind NOT IN ('relay', 'filter', 'forward', 'bounce', 'delay', 'dsn', 'requeue', 'clone')
GROUP BY kind
UNION ALL
SELECT 'host_name.origin', origin, count(*), min(host) FROM host_name
WHERE origin NOT IN ('log', 'own', 'config', 'learned')
GROUP BY origin
UNION ALL
SELECT 'source.kind', kind, count(*), min(id) FROM source WHERE kind NOT IN ('file', 'journal') GROUP BY kind
