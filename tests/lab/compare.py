#!/usr/bin/env python3
"""compare.py QTRAIL OUT - what the lab's logs say, by qtrail, against what arrived.

The truth is the Received: headers of what landed in mailboxes and outside, the notices that came
back, and what is left in the queues; never a log. Prints "ok"/"not ok" lines, last "N passed, N failed".
"""
import collections, email, email.policy, json, os, re, sqlite3, subprocess, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "corpus"))
from truth import ARRIVED, FAILED, Graph, address, hops_of, trace

HOSTS = {"mx%d.lab.test" % i: ("mx%d" % i, None) for i in range(1, 10)}
# What no log can tell, or the servers do not tell each other: left out of the named comparison only.
NO_CHAIN = {"subject-fake-me"}           # Exim's fakereject: the client is told no, the copy is delivered all the same
NO_VERDICT = {"subject-fake-me",
              "local-loop1"}             # Sendmail names no recipient when an alias turns out to be a loop
ELSEWHERE = re.compile(r"local-to-|transports|local-auto|local-empty|twice")    # delivered to files and pipes, which are not gathered
NO_NOTICE = re.compile(r".*-never|double-bounce|subject-hold-me|subject-fake-me|subject-filter-refuses|subject-route-me|local-erin")    # none was asked for, or it has nowhere to go
# Behind a pipe only the Message-ID tells: without one, or with one that all hosts were sent at once, nothing does
UNSEEN = {"no-mid", "odd-mid"} if os.environ.get("LAB_VARIANT") == "c" else set()
SHOWN = 15
BY = re.compile(r"\bby\s+(\S+)\b.*?\bid\s+([\w-]+)", re.S)
results = [0, 0]


def check(ok, what, examples=()):
    results[not ok] += 1
    print(("ok " if ok else "not ok ") + what)
    if not ok:
        for x in list(examples)[:SHOWN]:
            print("#   ", x)


def records(path):
    with open(path) as f:
        return [json.loads(l) for l in f]


# ---- what arrived ----

def chain(message, forged=0):
    """(host, queue ID) pairs, oldest first, without the headers it was sent with"""
    heads = [str(v) for k, v in message.raw_items() if k.lower() == "received"]
    heads = heads[:len(heads) - forged] if forged else heads
    found = [BY.search(h) for h in reversed(heads)]
    return [m.groups() for m in found if m and m.group(1) in HOSTS]


class Arrived:
    """One message that landed: a copy of what was sent, or a notice about it"""

    def __init__(self, record, sent):
        # module email knows the forms of RFC 3464 only, not those of RFC 6533
        text = record["message"].replace("message/global-delivery-status", "message/delivery-status").replace("message/global", "message/rfc822")
        self.record, self.message = record, email.message_from_string(text, policy=email.policy.compat32)
        self.reports, self.returned = [], None
        if self.message.get_content_type() == "multipart/report":
            for part in self.message.walk():
                if part.get_content_type() == "message/delivery-status":
                    self.reports = [b for b in part.get_payload() if b.get("final-recipient") or b.get("original-recipient")]
                elif part.get_content_type() == "message/rfc822":
                    self.returned = part.get_payload(0) if part.is_multipart() else None
                elif part.get_content_type() in ("text/rfc822-headers", "message/rfc822-headers"):
                    inner = part.get_payload()
                    self.returned = inner[0] if isinstance(inner, list) else email.message_from_string(inner)
        about = self.returned if self.reports else self.message
        n = about.get("X-Lab") if about else None
        self.sent = sent.get(int(n)) if n and n.strip().isdigit() else None
        forged = self.sent["forged"] if self.sent else 0
        self.chain = chain(self.message, 0 if self.reports else forged)
        self.parents = chain(self.returned, forged) if self.returned else []

    def where(self):
        return self.record.get("box") and "%s:%s" % (self.record["host"], self.record["box"]) or "outside:" + ",".join(self.record["rcpts"])


# ---- qtrail ----

class Qtrail:
    def __init__(self, binary, out):
        self.bin, self.db = binary, os.path.join(out, "lab.db")
        for f in (self.db, self.db + "-wal", self.db + "-shm"):
            if os.path.exists(f):
                os.remove(f)
        logs = json.load(open(os.path.join(out, "logs.json")))
        self.trouble = []
        for host, paths in logs.items():
            for p in paths:
                if ".rejectlog" in p or not os.path.getsize(p):
                    continue
                r = subprocess.run([binary, "ingest", "-q", "-d", self.db, "--host", host, "--timezone", "UTC", os.path.join(out, os.path.basename(p))],
                                   capture_output=True, text=True)
                if r.returncode or r.stderr:
                    self.trouble.append((p, r.returncode, r.stderr[:300]))
        self.c = sqlite3.connect(self.db)
        self.c.text_factory = lambda b: b.decode("utf-8", "replace")

    def trace(self, what):
        return trace(self.bin, self.db, what)


def coverage(q):
    check(not q.trouble, "every log is read", q.trouble)
    lines, bad, long = q.c.execute("SELECT sum(matched), sum(malformed), sum(too_long) FROM run").fetchone()
    missed = q.c.execute("SELECT count, plugin, shape, example FROM unmatched WHERE plugin <> '(no log format)' ORDER BY count DESC").fetchall()
    check(not missed, "%d lines taken by rules, %d of %d shapes by none" % (lines, sum(m[0] for m in missed), len(missed)), missed)
    others = q.c.execute("SELECT count, example FROM unmatched WHERE plugin = '(no log format)'").fetchall()
    check(not others, "%d lines of programs no plugin owns" % sum(o[0] for o in others), others)
    check(not bad and not long, "%d malformed lines, %d too long" % (bad, long))


def hops(q, arrived):
    g = Graph(HOSTS, *hops_of(q.db))
    copies = [a for a in arrived if not a.reports and a.chain and not (a.sent and a.sent["scenario"] in NO_CHAIN | UNSEEN)]
    lost = [(a.sent and a.sent["scenario"], a.where(), a.chain) for a in copies if not g.follow(a.chain)]
    check(not lost, "%d of %d copies have their chain" % (len(copies) - len(lost), len(copies)), lost)
    notices = [a for a in arrived if a.reports and a.chain and a.parents]
    lost = []
    for a in notices:
        start = {t for f in g.follow(a.parents) for t in reach(g, f) if g.matches(t, a.chain[0])}
        if not start or not g.follow(a.chain):
            lost.append((a.sent and a.sent["scenario"], a.where(), a.parents, a.chain))
    check(not lost, "%d of %d notices hang on what they are about" % (len(notices) - len(lost), len(notices)), lost)
    false = g.false_hops([a.chain for a in arrived] + [a.parents for a in arrived])
    check(not false, "%d false hops" % len(false), false)
    return g


def reach(g, start):
    """What came of an entry on its own host: through clones, requeues and expansions too"""
    seen, todo = set(), [start]
    while todo:
        f = todo.pop()
        for t in g.down[f]:
            if t not in seen and g.entry[t][0] == g.entry[start][0]:
                seen.add(t)
                todo.append(t)
    return seen


def plain(text):
    """Octets as the servers sent them, not as latin-1"""
    return text.encode("latin-1", "replace").decode("utf-8", "replace") if not any(ord(c) > 255 for c in text) else text


def names_of(report):
    who = {address(plain(str(report[k]))) for k in ("final-recipient", "original-recipient") if report[k]}
    return who | {w.split("@")[0] for w in who}


def of_alias(notice, who):
    """Sendmail's notices name the alias, its log the address that it stands for"""
    return HOSTS[notice.parents[-1][0]][0] in ("mx3", "mx6") and "team" in who if notice.parents else False


def verdicts(q, sent, arrived, left):
    of = collections.defaultdict(list)
    for a in arrived:
        if a.sent:
            of[a.sent["n"]].append(a)
    copies = notices = 0
    no_copy, no_notice, unproven, unfailed, silent, idle = [], [], [], [], [], []
    there = {(h + ".lab.test", i) for h, entries in left.items() for i, _ in entries}
    for n, m in sent.items():
        mine = of[n]
        ids = [m["qid"]] if m["qid"] else [a.parents[0][1] if a.parents else a.chain[0][1] for a in mine if a.parents or a.chain][:1]
        if not ids:
            continue
        t = q.trace(ids[0])
        origin = {h["to"]: h["from"] for h in t["hops"] if h["kind"] == "clone"}     # a clone has its parent's ID in mail
        host = {e["id"]: (e["host"].split(".")[0] + ".lab.test", e["queue_id"]) for e in t["entries"]}
        host.update({c: host[p] for c, p in origin.items() if p in host and c in host})
        if not t["verdicts"]:
            silent.append((m["scenario"], m["host"], ids[0]))
        ends = {a.chain[-1] for a in mine if not a.reports and a.chain}
        good = [(v, host.get(v["entry"])) for v in t["verdicts"] if v["state"] in ARRIVED]
        for a in mine:
            if not a.reports and a.chain:
                copies += 1
                if not any(h == a.chain[-1] for _, h in good) and m["scenario"] not in NO_VERDICT | UNSEEN:
                    no_copy.append((m["scenario"], ids[0], a.where(), a.chain[-1], [(v["recipient"], v["state"]) for v in t["verdicts"]][:4]))
            for r in a.reports:
                if address(r["action"] or "") != "failed":
                    continue
                notices += 1
                who = names_of(r)
                if m["scenario"] not in NO_VERDICT and not any(v["state"] in FAILED and (of_alias(a, who) or (v["recipient"] or "").lower() in who or any(w in v["text"].lower() for w in who)) for v in t["verdicts"]):
                    no_notice.append((m["scenario"], ids[0], sorted(who), [(v["recipient"], v["state"]) for v in t["verdicts"]][:4]))
        if not ELSEWHERE.match(m["scenario"]) and m["scenario"] not in UNSEEN:
            unproven += [(m["scenario"], ids[0], v["recipient"], v["state"], h, v["text"][:80]) for v, h in good if h not in ends]
        idle += [(m["scenario"], ids[0], v["recipient"], v["state"], host.get(v["entry"]), v["text"][:80]) for v in t["verdicts"]
                 if v["state"] in ("queued", "deferred", "held") and host.get(v["entry"]) not in there and m["scenario"] not in NO_VERDICT]
        failing = [v for v in t["verdicts"] if v["state"] in ("bounced", "expired", "rejected")]
        told = {w.lower() for w, r in m["replies"].get("rcpt", {}).items() if r[0] in "45"} | {w for a in mine for r in a.reports for w in names_of(r)}
        if m["from"] not in ("", "<>") and not NO_NOTICE.match(m["scenario"]):
                unfailed += [(m["scenario"], m["host"], ids[0], v["recipient"], v["state"], v["text"][:100]) for v in failing
                         if not any(of_alias(a, names_of(r)) or v["recipient"] is None for a in mine for r in a.reports) and not {(v["recipient"] or "").lower(), (v["recipient"] or "").lower().split("@")[0]} & told]
    check(not silent, "%d messages have no verdict" % len(silent), silent)
    check(not no_copy, "verdicts agree with %d of %d copies" % (copies - len(no_copy), copies), no_copy)
    check(not no_notice, "verdicts agree with %d of %d failed recipients of notices" % (notices - len(no_notice), notices), no_notice)
    check(not idle, "%d verdicts of waiting for what is in no queue" % len(idle), idle)
    check(not unproven, "%d verdicts of arrival without a copy" % len(unproven), unproven)
    check(not unfailed, "%d verdicts of failure without a notice" % len(unfailed), unfailed)


def operators(q, sent, actions, left):
    wrong = []
    for a in actions:
        e = q.c.execute("SELECT state, outcome FROM entry e JOIN host h ON h.id = e.host WHERE queue_id = ? AND name LIKE ? ORDER BY e.id DESC", (a["qid"], a["host"] + "%")).fetchone()
        state = e and e[0]
        late = "does not exist" in a["output"] and state == "completed"      # it was over before
        if not e or a["action"] == "delete" and "deleted" not in e and not late or a["action"] == "requeue" and a["host"] in ("mx1", "mx4", "mx7") and state != "requeued":
            wrong.append((a["action"], a["host"], a["qid"], e, a["output"]))
    check(not wrong, "%d of %d operator actions have their state" % (len(actions) - len(wrong), len(actions)), wrong)
    wrong = []
    for host, entries in left.items():
        for qid, where in entries:
            e = q.c.execute("SELECT state FROM message WHERE queue_id = ? AND host LIKE ? ORDER BY id DESC", (qid, host + "%")).fetchone()
            want = {"held"} if where in ("hold", "quarantine", "frozen") else {"accepted", "open"}
            if not e or e[0] not in want:
                wrong.append((host, qid, where, e))
    waiting = q.c.execute("SELECT m.host, m.queue_id, d.recipient, d.state, d.reply FROM last_delivery d JOIN message m ON m.id = d.entry "
                          "WHERE m.state = 'completed' AND d.state IN ('queued', 'deferred', 'held')").fetchall()
    check(not waiting, "%d recipients said to wait of messages that are done" % len(waiting), waiting)
    there = {(h, i) for h, entries in left.items() for i, _ in entries}
    known = {m["message_id"] for m in sent.values() if m["scenario"] in NO_VERDICT}
    gone = [r for r in q.c.execute("SELECT substr(host, 1, 3), queue_id, state, sender, message_id FROM open_entry")
            if r[:2] not in there and r[4] not in known]
    check(not wrong, "%d of %d messages left in queues are there" % (sum(map(len, left.values())) - len(wrong), sum(map(len, left.values()))), wrong)
    check(not gone, "%d messages said to be in queues are not" % len(gone), gone)


def rejects(q, sent, skew):
    asked, missing = 0, []
    rows = collections.defaultdict(list)
    for h, at, who, code, text in q.c.execute("SELECT substr(h.name, 1, 3), r.at / 1e6, r.recipient, r.code, r.reason FROM reject r JOIN host h ON h.id = r.host"):
        rows[h].append((at, (who or "").lower(), code, text))
    for m in sent.values():
        for who, reply in m["replies"].get("rcpt", {}).items():
            if reply[0] in "45" and m["replies"].get("mail", "2")[0] == "2" and m["scenario"] != "many-rcpts" and m["scenario"] not in NO_VERDICT:
                asked += 1
                # not an address at all: said to the client, not always to the log
                if not reply.startswith("501") and "<x>" not in who and not any(abs(at - skew.get(m["host"], 0) - m["t"]) < 15 and w in (who.lower(), who.split("@")[0].lower()) for at, w, _, _ in rows[m["host"]]):
                    missing.append((m["scenario"], m["host"], who, reply))
    check(not missing, "%d of %d refused recipients have their reject" % (asked - len(missing), asked), missing)


def main(binary, out):
    lines = records(os.path.join(out, "sent.jsonl"))
    sent = {m["n"]: m for m in lines if "n" in m}
    arrived = [Arrived(r, sent) for r in records(os.path.join(out, "arrived.jsonl"))]
    left = json.load(open(os.path.join(out, "left.json")))
    print("# %d messages sent, %d copies and %d notices arrived, %d left in queues" % (
        len(sent), sum(not a.reports for a in arrived), sum(bool(a.reports) for a in arrived), sum(map(len, left.values()))))
    q = Qtrail(binary, out)
    coverage(q)
    hops(q, arrived)
    verdicts(q, sent, arrived, left)
    operators(q, sent, [m for m in lines if "action" in m], left)
    rejects(q, sent, json.load(open(os.path.join(out, "skew.json"))))
    print("%d passed, %d failed" % tuple(results))
    return results[1] != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
