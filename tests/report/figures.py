"""figures.py - the figures of a report counted once more, from the public views and nothing else.

All of view hop is read, messages are put together from it, and each figure is counted as
src/trace/report.h says it is meant: slow, short, and in another language.
"""
import collections, re, sqlite3

NOTICE = {"bounce", "delay", "dsn"}
MOVED = {"requeue", "clone"}
WAITS = {"queued", "deferred", "held"}
ARRIVED = {"relayed", "delivered"}


def norm(address):
    local, at, domain = address.rpartition("@")
    return local + at + re.sub("[A-Z]+", lambda m: m.group().lower(), domain) if at else address


def percentiles(values):
    """nearest rank: the smallest value that so many percent do not exceed; in seconds"""
    v = sorted(values)
    rank = lambda p: v[max(1, -(-len(v) * p // 100)) - 1] / 1e6 if v else 0
    return [len(v), rank(50), rank(95), rank(99), rank(100)]


class Figures:
    def __init__(self, db, since=None, until=None, host=None):
        c = sqlite3.connect(db)
        c.text_factory = lambda b: b.decode("utf-8", "surrogateescape")
        c.row_factory = sqlite3.Row
        self.host = host
        self.entry = {e["id"]: e for e in c.execute("SELECT * FROM message") if host in (None, e["host"])}
        self.hops = [tuple(h) for h in c.execute("SELECT from_entry, to_entry, kind, delivery FROM hop WHERE to_entry IS NOT NULL")]
        self.ends = collections.defaultdict(list)
        for d in c.execute("SELECT * FROM last_delivery"):
            self.ends[d["entry"]].append(d)
        self.tries = c.execute("SELECT * FROM delivery WHERE NOT ambiguous").fetchall()
        self.tried = collections.Counter(i for i, in c.execute("SELECT entry FROM delivery"))
        self.rejects = [r for r in c.execute("SELECT r.*, h.name FROM reject r JOIN host h ON h.id = r.host") if host in (None, r["name"])]
        self.outcome_at = {i: at for i, at in c.execute("SELECT id, outcome_at FROM entry")}
        self.open = [o for o in c.execute("SELECT * FROM open_entry") if o["id"] in self.entry]
        self.cover = {r["host"]: r["last_at"] for r in c.execute("SELECT host, last_at FROM coverage")}
        self.since = since if since is not None else -1 << 62
        self.until = until if until is not None else 1 << 62
        self.join()

    def inside(self, at):
        return self.since <= at < self.until

    def join(self):
        self.parent, self.passed = {}, set()
        self.moved, self.led, self.notice, self.bounced = set(), collections.defaultdict(set), set(), set()
        for f, t, kind, delivery in self.hops:
            if t not in self.entry or (self.host and f not in self.entry and kind not in NOTICE):
                continue
            if kind in NOTICE:
                self.notice.add(t)
                if kind == "bounce":
                    self.bounced.add(f)
                continue
            if f == t:
                continue
            key = (self.entry[f]["first_at"], f)
            if t not in self.parent or key < self.parent[t]:
                self.parent[t] = key
            if kind in MOVED:
                self.moved.add(f)
            if delivery is None:
                self.led[f].add({"filter": "filtered", "relay": "relayed", "forward": "expanded"}.get(kind, ""))
            else:
                self.passed.add(delivery)

    def root(self, i):
        for _ in range(100):
            if i not in self.parent:
                break
            i = self.parent[i][1]
        return i

    def is_message(self, i):
        e = self.entry[i]
        if i in self.moved or self.led[i] & {"filtered", "relayed", "expanded"}:
            return True
        ends = [d["state"] for d in self.ends[i]]
        if e["state"] == "aborted" or (ends and all(s in ("probe", "rejected") for s in ends)):
            return False
        return bool(ends or self.outcome(i) or e["state"] != "open")

    def outcome(self, i):
        """A notice about mail whose log names no recipient says that all failed"""
        e = self.entry[i]
        whole = i in self.bounced and e["state"] in ("open", "accepted") and not self.tried[i]
        return e["outcome"] or ("bounced" if whole else None)

    def messages(self):
        v, states = collections.Counter(), collections.Counter()
        tops = {k: collections.Counter() for k in ("senders", "recipients", "clients")}
        whole = []
        for i, e in self.entry.items():
            r = self.root(i)
            if not self.inside(self.entry[r]["first_at"]) or not self.is_message(r):
                continue
            v["entries"] += 1
            went = i in self.moved or self.led[i] & {"filtered", "relayed", "expanded"}
            if not self.ends[i]:
                state = self.outcome(i) or {"open": "queued", "accepted": "queued", "completed": "unknown"}.get(e["state"], e["state"])
                states[state] += 0 if went else max(e["nrcpt"] or 0, 1)
            if i == r:
                v["messages"] += 1
                v["bytes"] += max(e["size"] or 0, 0)
                v["notices"] += i in self.notice or e["sender"] == ""
                to = {norm(d["original_recipient"] or d["recipient"]) for d in self.ends[i] if d["state"] != "probe"}
                v["recipients"] += len(to) if self.ends[i] else max(e["nrcpt"] or 0, 1)
                tops["recipients"].update(to)
                if e["sender"] is not None:
                    tops["senders"][norm(e["sender"]) or "<>"] += 1
                who, ip = e["client_host"], e["client_ip"]
                if who or ip:
                    tops["clients"]["%s[%s]" % (who, ip) if who and ip else who or ip] += 1
            for d in self.ends[i]:
                if d["state"] in ("probe", "expanded") or d["id"] in self.passed:
                    continue
                if (i in self.moved and d["state"] in WAITS) or (d["state"] in ARRIVED | {"filtered"} and d["state"] in self.led[i]):
                    continue
                states[d["state"]] += 1
                if d["state"] in ARRIVED and not self.entry[r]["head_missing"] and d["at"] >= self.entry[r]["first_at"]:
                    whole.append(d["at"] - self.entry[r]["first_at"])
        v["final_recipients"] = sum(states.values())
        return v, +states, tops, percentiles(whole)

    def attempts(self):
        """deferred, bounced (by code), times by relay"""
        failed = {"deferred": collections.Counter(), "bounced": collections.Counter()}
        relays = collections.defaultdict(list)
        state_of = {}
        for d in self.tries:
            if d["entry"] not in self.entry:
                continue
            e = self.entry[d["entry"]]
            state_of[d["id"]] = d["state"]
            if not self.inside(d["at"]):
                continue
            if d["state"] in ("deferred", "bounced", "expired"):
                failed["deferred" if d["state"] == "deferred" else "bounced"][d["dsn"]] += 1
            elif d["state"] in ARRIVED | {"filtered"}:
                took = d["delay_us"] if d["delay_us"] is not None else None if e["head_missing"] else d["at"] - e["first_at"]
                relay = d["relay_host"] or d["relay_ip"] or d["transport"]
                if relay and took is not None and took >= 0:
                    relays[relay].append(took)
        for i, e in self.entry.items():
            if e["outcome"] in ("bounced", "expired") and self.inside(self.outcome_at[i]):
                for d in self.ends[i]:
                    if d["state"] == e["outcome"] and state_of[d["id"]] != d["state"]:
                        failed["bounced"][d["dsn"]] += 1
        least = max(1, sum(map(len, relays.values())) // 1000)
        return failed, {k: percentiles(v) for k, v in relays.items() if len(v) >= least}

    def refused(self):
        return collections.Counter(r["dsn"] or (str(r["code"]) if r["code"] is not None else None)
                                   for r in self.rejects if self.inside(r["at"]))

    def queue(self, limits):
        """how many by age"""
        ages = [0] * len(limits)
        for o in self.open:
            if o["first_at"] < self.until:
                age = (min(self.cover[o["host"]], self.until) - o["first_at"]) / 1e6
                ages[next(n for n, l in enumerate(limits) if l is None or age < l)] += 1
        return ages


def compare(db, r, same, what):
    """r: the JSON of a report with --top as large as may be; same(got, want, what) says whether they are"""
    us = lambda text: int(sqlite3.connect(":memory:").execute("SELECT strftime('%s', ?)", (text[:19],)).fetchone()[0]) * 10**6 + int(text[20:26])
    f = Figures(db, us(r["span"]["since"]), us(r["span"]["until"]), r["host"])
    v, states, tops, whole = f.messages()
    times = lambda t: [t["count"]] + [round(t[k], 6) for k in ("p50_s", "p95_s", "p99_s", "max_s")]
    failed, relays = f.attempts()
    v.update(deferrals=sum(failed["deferred"].values()), bounces=sum(failed["bounced"].values()), rejects=sum(f.refused().values()))
    same(r["volume"], {k: v[k] for k in r["volume"]}, what + ": volume, counted again")
    same({s["state"]: s["count"] for s in r["states"]["top"]}, states, what + ": states, counted again")
    for k, count in tops.items():
        same({s["name"]: s["count"] for s in r[k]["top"]}, {n.encode("utf-8", "surrogateescape").decode("utf-8", "replace"): c for n, c in count.items()},
             what + ": %s, counted again" % k)
        if k != "clients":
            domains = collections.Counter()
            for s in r[k]["top"]:
                domains[s["name"].rpartition("@")[2] if "@" in s["name"] or s["name"] == "<>" else "(no domain)"] += s["count"]
            same({s["name"]: s["count"] for s in r[k[:-1] + "_domains"]["top"]}, domains, what + ": domains of %s add up" % k)
    same(times(r["end_to_end"]), [whole[0]] + [round(x, 6) for x in whole[1:]], what + ": end to end, percentiles again")
    same({t["relay"]: times(t) for t in r["relays"]["slowest"]}, {k: [n[0]] + [round(x, 6) for x in n[1:]] for k, n in relays.items()},
         what + ": relays, percentiles again")
    for name, want in (("deferrals", failed["deferred"]), ("bounces", failed["bounced"]), ("rejects", f.refused())):
        got = collections.Counter()
        for s in r[name]["top"]:
            got[s["code"]] += s["count"]
        same(got, want, what + ": %s by code, counted again" % name)
    same([a["entries"] for a in r["queue"]["ages"]], f.queue([a["under_s"] for a in r["queue"]["ages"]]), what + ": the queue by age, counted again")
