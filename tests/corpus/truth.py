"""truth.py - the hops of a database against what Received: headers tell: the corpus and the lab use it.

A link is (host name in mail, queue ID); hosts maps that name to (host in the logs, instance or None).
"""
import collections, sqlite3

FAILED = {"bounced", "expired", "rejected", "deleted", "discarded"}
ARRIVED = {"relayed", "delivered"}


class Graph:
    def __init__(self, db, hosts):
        self.hosts = hosts
        c = sqlite3.connect(db)
        c.text_factory = lambda b: b.decode("utf-8", "replace")
        self.entry = {i: (h.split(".")[0], inst, q) for i, h, inst, q in c.execute(
            "SELECT id, host, instance, queue_id FROM message")}
        self.by = collections.defaultdict(list)
        for i, (h, inst, q) in self.entry.items():
            self.by[q].append(i)
        self.down = collections.defaultdict(set)
        self.hops = []
        for f, t, kind, ev in c.execute("SELECT DISTINCT from_entry, to_entry, kind, evidence FROM hop "
                                        "WHERE to_entry IS NOT NULL"):
            self.down[f].add(t)
            self.hops.append((f, t, kind, ev))
        # a clone adds no Received: header, so in the truth it has its parent's ID
        self.origin = {t: f for f, t, kind, ev in self.hops if kind == "clone"}
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
            if kind in ("bounce", "delay", "dsn"):
                continue
            links = [l for l in by_id[self.entry[t][2]] if self.matches(t, l)]
            froms = {f, self.origin.get(f, f)}
            if links and not any(p and self.matches(x, p) for x in froms for l in links for p in before[l]):
                false.append((self.entry[f], self.entry[t], kind, ev))
        return false


def address(text):
    return text.split(";", 1)[-1].strip().lower()
