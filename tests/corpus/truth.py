"""truth.py - the hops of a database against what Received: headers tell: the corpus and the lab use it.

A link is (host name in mail, queue ID); hosts maps that name to (host in the logs, instance or None).
"""
import collections, json, sqlite3, subprocess

FAILED = {"bounced", "expired", "rejected", "deleted", "discarded"}
ARRIVED = {"relayed", "delivered"}


NOTICES = {"bounce", "delay", "dsn"}


def hops_of(db):
    """Entries and hops of a whole database, as Graph wants them"""
    c = sqlite3.connect(db)
    c.text_factory = lambda b: b.decode("utf-8", "replace")
    return (c.execute("SELECT id, host, instance, queue_id FROM message").fetchall(),
            c.execute("SELECT DISTINCT from_entry, to_entry, kind, evidence FROM hop WHERE to_entry IS NOT NULL").fetchall())


def trace(binary, db, what):
    """The JSON of a trace; an empty one when there is none"""
    r = subprocess.run([binary, "trace", "--json", "-d", db, "--", what], capture_output=True)
    return json.loads(r.stdout) if r.returncode == 0 else {"entries": [], "hops": [], "verdicts": []}


def hops_in(t):
    """The same of one trace"""
    return ([(e["id"], e["host"], e["instance"], e["queue_id"]) for e in t["entries"]],
            {(h["from"], h["to"], h["kind"], h["evidence"]) for h in t["hops"] if h["to"] is not None})


class Graph:
    def __init__(self, hosts, entries, hops):
        self.hosts = hosts
        self.entry = {i: (h.split(".")[0], inst, q) for i, h, inst, q in entries}
        self.by = collections.defaultdict(list)
        for i, (h, inst, q) in self.entry.items():
            self.by[q].append(i)
        self.down = collections.defaultdict(set)
        self.hops = []
        for f, t, kind, ev in hops:
            self.down[f].add(t)
            self.hops.append((f, t, kind, ev))
        # a clone adds no Received: header, so in the truth it has its parent's ID
        self.origin = {t: f for f, t, kind, ev in self.hops if kind == "clone"}
        for t in self.origin:       # and a clone of a clone its
            seen = {t}
            while self.origin[t] in self.origin and self.origin[t] not in seen:
                seen.add(self.origin[t])
                self.origin[t] = self.origin[self.origin[t]]
        self.clones = collections.defaultdict(set)
        for t, f in self.origin.items():
            self.clones[f].add(t)

    def matches(self, i, link):
        host, inst = self.hosts[link[0]]
        h, have, q = self.entry[i]
        return q == link[1] and h == host and (inst is None or have == inst)

    def follow(self, chain):
        """The entries a chain ends at, oldest link first; empty when a hop of it is missing"""
        now = {i for i in self.by.get(chain[0][1], []) if self.matches(i, chain[0])}
        for link in chain[1:]:
            now |= {c for f in now for c in self.clones[f]}
            now = {t for f in now for t in self.down[f] if self.matches(t, link)}
        return now | {c for f in now for c in self.clones[f]}

    def ways_to(self, link):
        """Every way that ends at the link, as pairs (host, queue ID), oldest first; clones left out"""
        up = collections.defaultdict(set)
        for f, t, kind, ev in self.hops:
            if kind not in NOTICES:
                up[t].add(f)
        ways, todo = [], [[i] for i in self.by.get(link[1], []) if self.matches(i, link)]
        todo += [[c] for [i] in todo for c in self.clones[i]]
        while todo and len(ways) < 1000:
            way = todo.pop()
            before = up[way[0]] - set(way)
            todo += [[f] + way for f in before]
            if not before:
                ways.append([(self.entry[i][0], self.entry[i][2]) for i in way if i not in self.origin])
        return ways

    def named(self, chain):
        return [(self.hosts[h][0], q) for h, q in chain]

    def false_hops(self, chains):
        """Hops to an entry that stands in a chain, from one that never stands before it there"""
        before = collections.defaultdict(set)  # link -> what stood before it in any chain
        for ch in chains:
            for i, link in enumerate(ch):
                before[link].add(ch[i - 1] if i else None)
        by_id = collections.defaultdict(list)
        for link in before:
            by_id[link[1]].append(link)
        false = []
        for f, t, kind, ev in self.hops:
            if kind in NOTICES:
                continue
            links = [l for l in by_id[self.entry[t][2]] if self.matches(t, l)]
            froms = {f, self.origin.get(f, f)}
            if links and not any(p and self.matches(x, p) for x in froms for l in links for p in before[l]):
                false.append((self.entry[f], self.entry[t], kind, ev))
        return false


def address(text):
    return text.split(";", 1)[-1].strip().lower()
