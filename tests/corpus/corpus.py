#!/usr/bin/env python3
"""corpus.py QTRAIL DATA - coverage of real logs, and traces against ground truth.

Prints "ok"/"not ok" lines with figures and ends with "N passed, N failed".
"""
import itertools, json, os, re, sqlite3, subprocess, sys, tempfile

from truth import ARRIVED, FAILED, Graph, address

BIN, DATA = sys.argv[1], sys.argv[2]
SLOW = bool(os.environ.get("QTRAIL_SLOW"))
LAB = os.path.join(DATA, "lab-a")
passed = failed = 0


def check(ok, what):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print(("ok " if ok else "not ok ") + what)


def ingest(db, *args):
    r = subprocess.run([BIN, "ingest", "-q", "-d", db, *args], capture_output=True, text=True)
    if r.returncode:
        print("#", " ".join(args), r.stderr.strip()[:300])
    return r.returncode


# ---- coverage: the share of lines with a queue ID that a rule took ----

QID = re.compile(r"^(?:warning: |error: )?(?:[0-9A-F]{6,21}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,}z\w+"
                 r"|NOQUEUE|[0-9A-Za-z]{14,18}|[0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4})(?::| |$)")


def explain(lines, host="h1"):
    """(matched, unmatched lines) by table unmatched: examples carry the shapes"""
    with tempfile.TemporaryDirectory() as d:
        path, db = os.path.join(d, "log"), os.path.join(d, "db")
        with open(path, "wb") as f:
            f.write(b"\n".join(lines) + b"\n")
        ingest(db, "--host", host, "--year", "2026", path)
        c = sqlite3.connect(db)
        c.text_factory = lambda b: b.decode("utf-8", "replace")
        run = c.execute("SELECT matched, not_mail, unmatched, malformed, duplicate FROM run").fetchone()
        shapes = c.execute("SELECT plugin, shape, count, example FROM unmatched ORDER BY count DESC").fetchall()
        return run, shapes


def coverage(name, lines, goal=99.5):
    run, shapes = explain(lines)
    missed = [(n, shape) for plugin, shape, n, ex in shapes if plugin != "(no log format)" and QID.match(ex)]
    ids = sum(1 for l in lines if True)
    lost = sum(n for n, _ in missed)
    share = 100.0 * (1 - lost / max(1, run[0] + lost))
    check(share >= goal, "%s: %.2f %% of %d lines of mail programs with an ID matched (%d not)" %
          (name, share, run[0] + lost, lost))
    for n, shape in missed[:8]:
        print("#   %d  %s" % (n, shape[:150]))


def read(path):
    with open(path, "rb") as f:
        return f.read().splitlines()


def bodies(path, column, program):
    out = []
    for row in read(path):
        cells = row.split(b"\t")
        if len(cells) <= column:
            continue
        out.append(b"Mar 14 09:15:02 mx1 " + program(cells) + b"[77]: " + cells[column])
    return out


def corpora():
    c = os.path.join(DATA, "corpus")
    coverage("postfix-lightmeter", read(c + "/postfix-lightmeter-mail.log.1"))
    coverage("postfix-grok", bodies(c + "/postfix-grok-bodies.tsv", 2, grok_program))
    coverage("patterndb-postfix", bodies(c + "/patterndb-postfix.tsv", 1,
                                         lambda r: r[0] if b"/" in r[0] else b"postfix/" + r[0]))
    exim = read(c + "/exim-testsuite-even.log")
    coverage("exim-testsuite", exim)
    for f in ("fail2ban-exim.log", "fail2ban-sendmail-reject.log"):
        coverage(f, read(c + "/" + f))


def grok_program(cells):
    m = re.search(rb"(smtpd|smtp|cleanup|qmgr|local|pickup|pipe|bounce|anvil|postscreen|dnsblog|lmtp|virtual|"
                  rb"postsuper|tlsproxy|trivial-rewrite|scache|tlsmgr|master|error|discard|relay|script|postdrop)",
                  cells[1].lower())
    name = m.group(1) if m else b"smtpd"
    return b"postfix/" + (b"postfix-script" if name == b"script" else name)


# ---- the lab: chains, false hops, verdicts ----

HOSTS = {"mx1.example.test": ("mx1", "postfix"), "mx4.example.test": ("mx1", "postfix-pf2"),
         "mx2.example.test": ("mx2", None), "mx3.example.test": ("mx3", None)}
# pairs no log names: the chains of these two copies cannot be proven
NOT_IN_LOGS = {("alias-list", "mx3.example.test"), ("ex-faker-via-pf", "mx1.example.test")}


def chain_of(copy):
    return [(h["host"], h["id"]) for h in copy["chain"] if h["host"] in HOSTS and not h.get("not_lab")]


# what is reached today; a lower figure is a step back
VERDICT_COPIES, VERDICT_NOTICES = 1460, 516


def lab(name, files):
    with tempfile.TemporaryDirectory() as d:
        db = os.path.join(d, "db")
        for f in files:
            ingest(db, "--host", "mx2", "--year", "2026", "--timezone", "UTC", os.path.join(LAB, f))
        g = Graph(db, HOSTS)
    truth = [json.loads(l) for l in read(os.path.join(LAB, "truth.jsonl"))]
    copies = exact = 0
    seen = []
    for m in truth:
        seen += [chain_of(c) for c in m["copies"]] + \
                [[(h["host"], h["id"]) for h in dsn.get("parent_chain") or [] if h.get("host") in HOSTS and
                  not h.get("not_lab")] for dsn in m["dsns"]]
        for c in m["copies"]:
            ch = chain_of(c)
            copies += 1
            if ch and g.follow(ch):
                exact += 1
            elif not (m["scenario"] in {s for s, _ in NOT_IN_LOGS}):
                print("#   not reproduced:", m["scenario"], m["n"], ch)
    check(exact >= copies - 2, "%s: %d of %d copies have exactly their chain" % (name, exact, copies))
    false = g.false_hops(seen)
    check(not false, "%s: %d false hops" % (name, len(false)))
    for x in false[:8]:
        print("#  ", x)


def verdicts():
    """Does each verdict agree with where the copy landed, or with the notice that came back?"""
    truth = [json.loads(l) for l in read(os.path.join(LAB, "truth.jsonl"))]
    copies = copies_ok = notices = notices_ok = 0
    with tempfile.TemporaryDirectory() as d:
        db = os.path.join(d, "db")
        for f in ("postfix-host.rfc3339.log", "sendmail.rfc3339.log", "exim-mainlog"):
            ingest(db, "--host", "mx2", "--timezone", "UTC", os.path.join(LAB, f))
        for m in truth:
            wanted = [("copy", c) for c in m["copies"]] + [("dsn", n) for n in m["dsns"]]
            if not wanted:
                continue
            start = m.get("entry_qid") or next((c[k][0]["id"] for w, c in wanted for k in ("parent_chain", "chain")
                                                if c.get(k)), None)
            r = subprocess.run([BIN, "trace", "--json", "-d", db, start], capture_output=True)
            t = json.loads(r.stdout) if r.returncode == 0 else {"entries": [], "verdicts": []}
            entry = {e["id"]: e for e in t["entries"]}
            for what, c in wanted:
                if what == "copy":
                    ch = chain_of(c)
                    copies += 1
                    ok = any(v["state"] in ARRIVED and v["entry"] in entry and entry[v["entry"]]["queue_id"] == ch[-1][1]
                             for v in t["verdicts"])
                    copies_ok += ok
                    if not ok and copies - copies_ok < 12:
                        print("#   copy:", m["scenario"], start, ch[-1:], [(v["recipient"], v["state"]) for v in t["verdicts"]][:3])
                    continue
                for r in c["recipients"]:
                    if r.get("action") != "failed":
                        continue
                    who = {address(r[k]) for k in ("final-recipient", "original-recipient") if r.get(k)}
                    who |= {w.split("@")[0] for w in who}
                    notices += 1
                    ok = any(v["state"] in FAILED and
                             ((v["recipient"] or "").lower() in who or any(w in v["text"].lower() for w in who))
                             for v in t["verdicts"])
                    notices_ok += ok
                    if not ok and notices - notices_ok < 12:
                        print("#   notice:", m["scenario"], start, sorted(who), [(v["recipient"], v["state"]) for v in t["verdicts"]][:3])
    print("# verdicts: %d of %d copies, %d of %d failed recipients of notices agree" %
          (copies_ok, copies, notices_ok, notices))
    check(copies_ok >= VERDICT_COPIES, "verdicts agree with %d of %d copies" % (copies_ok, copies))
    check(notices_ok >= VERDICT_NOTICES, "verdicts agree with %d of %d failed recipients" % (notices_ok, notices))


def main():
    syslog, iso = ("postfix-host.log", "sendmail.log"), ("postfix-host.rfc3339.log", "sendmail.rfc3339.log")
    orders = list(itertools.permutations([iso[0], "exim-mainlog", iso[1]]))
    for i, order in enumerate(orders if not SLOW else orders[:1]):
        lab("lab, RFC 3339 stamps, file order %d" % (i + 1), order)
    lab("lab, RFC 3164 stamps", [syslog[0], "exim-mainlog", syslog[1]])
    if not SLOW:
        lab("lab, RFC 3164 stamps, other order", [syslog[1], "exim-mainlog", syslog[0]])
    if not SLOW:
        verdicts()
    corpora()
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(failed != 0)


main()
