#!/usr/bin/env python3
"""check.py QTRAIL ROOT - `qtrail report` from outside.

Prints ok/not ok lines and, last, "N passed, N failed". Data that is no part of the repository (the lab's
logs, QTRAIL_DATA; the generator of logs, QTRAIL_GENLOG) is used where it is there.
"""
import json, os, re, subprocess, sys, tempfile

sys.path[:0] = [sys.argv[2] + "/tests", sys.argv[2] + "/tests/report"]
from outputs import faults, page_of
import figures

BIN, ROOT = sys.argv[1], sys.argv[2]
HERE = os.path.join(ROOT, "tests/report")
DATA = os.environ.get("QTRAIL_DATA", os.path.join(ROOT, "../shared/data"))
GENLOG = os.environ.get("QTRAIL_GENLOG", os.path.join(ROOT, "../shared/bench/genlog.py"))
SCHEMA = json.load(open(ROOT + "/schema/report.schema.json"))
passed = failed = 0


def check(ok, what, detail=""):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print(("ok " if ok else "not ok ") + what + ("" if ok or not detail else "\n# " + str(detail)))


def same(got, want, what):
    check(got == want, what, "%r is not %r" % (got, want))


def run(*args):
    r = subprocess.run([BIN, *args], capture_output=True)
    return r.returncode, r.stdout.decode("utf-8", "replace"), r.stderr.decode("utf-8", "replace")


def ingest(db, *args):
    code, _, err = run("ingest", "-q", "-d", db, *args)
    check(code == 0, "ingest of " + os.path.basename(args[-1]), err)


def report(db, *args):
    code, out, err = run("report", "-d", db, "--json", *args)
    check(code == 0, "report " + " ".join(args), err)
    return json.loads(out)


def consistent(r, what):
    """what must add up in any report"""
    v = r["volume"]
    found = list(faults(r, SCHEMA, SCHEMA))
    check(not found, what + ": the JSON is as its schema says", found[:3])
    same(r["states"]["total"], v["final_recipients"], what + ": states add up to the final recipients")
    same(r["senders"]["total"] <= v["messages"] and r["clients"]["total"] <= v["messages"], True,
         what + ": no more messages of senders and clients than messages")
    for name in ("deferrals", "bounces", "rejects"):
        same(r[name]["total"], v[name], what + ": reasons add up to the " + name)
        same(sum(s[name] for s in r["course"]["steps"]), v[name], what + ": hours add up to the " + name)
    same(sum(s["messages"] for s in r["course"]["steps"]), v["messages"], what + ": hours add up to the messages")
    same(sum(s["bytes"] for s in r["course"]["steps"]), v["bytes"], what + ": hours add up to the bytes")
    same(sum(a["entries"] for a in r["queue"]["ages"]), r["queue"]["entries"], what + ": ages add up to the queue")
    for t in r["relays"]["slowest"] + [r["end_to_end"]]:
        if not t["p50_s"] <= t["p95_s"] <= t["p99_s"] <= t["max_s"]:
            check(False, what + ": percentiles rise", t)


def again(db, what, *spans):
    """every figure counted once more in Python, of the whole and of the spans"""
    for args in ((),) + spans:
        r = report(db, "--top", "100000", *args)
        figures.compare(db, r, same, " ".join((what,) + args))


# ---- samples: counted by hand in the logs ----

def states(r):
    return {s["state"]: s["count"] for s in r["states"]["top"]}


def golden(name, text):
    path = "%s/golden/%s" % (HERE, name)
    if os.environ.get("UPDATE"):
        open(path, "w").write(text)
    same(text.splitlines(), open(path).read().splitlines(), name + " is as read before")


def samples(d):
    db = d + "/samples.db"
    ingest(db, ROOT + "/samples/postfix.log", ROOT + "/samples/sendmail.log")
    ingest(db, "--host", "mx2", ROOT + "/samples/exim.log")
    r = report(db)
    consistent(r, "samples")
    # four messages of client.example.test and the notice of mx3, over 21 entries on three hosts
    same([r["volume"][k] for k in ("messages", "notices", "entries")], [5, 1, 21], "samples: a message counts once")
    # 3 + team@ + 3 + gmx1@ + the notice's; team@ became four
    same([r["volume"][k] for k in ("recipients", "final_recipients")], [9, 12], "samples: recipients")
    same(r["volume"]["bytes"], 40292 + 654 + 636 + 643, "samples: bytes of the first legs")
    same(states(r), {"delivered": 10, "relayed": 1, "bounced": 1}, "samples: what became of them")
    same(r["deferrals"]["top"][0]["reason"], "host * said: 450 4.2.0 <*>: Recipient address rejected: Greylisted, see *"
         " (in reply to RCPT TO command)", "samples: a reason is blanked")
    same(r["queue"]["entries"], 0, "samples: nothing is queued")
    golden("samples.txt", run("report", "-d", db)[1])

    one = report(db, "--host", "mx2")
    consistent(one, "samples, mx2")
    same([one["host"], one["volume"]["messages"], states(one)], ["mx2", 3, {"delivered": 2, "relayed": 7}],
         "samples: with a host, its view: what it passed on is relayed")
    same(report(db, "--host", "MX2.example.test")["host"], "mx2", "samples: a host by another of its names")

    code, early, _ = run("report", "-d", db, "--json", "--since", "2026-11-23T12:07:00Z", "--until", "2026-11-23 12:07:29")
    part = report(db, "--since", "2026-11-23T12:07:29Z", "--until", "2026-11-23T12:07:30Z")
    consistent(part, "samples, one second")
    same([code, json.loads(early)["volume"]["messages"], part["volume"]["messages"]], [1, 0, 1],
         "samples: the span ends before its end")
    same(states(part), {"delivered": 3}, "samples: legs after the span are followed to the end")
    rest = report(db, "--since", "2026-11-23T12:07:30Z", "--until", "2026-11-23T13:00:00Z")
    same(rest["volume"]["messages"], 4, "samples: what goes on from before the span is no message of it")
    again(db, "samples", ("--host", "mx1"), ("--host", "mx3"),
          ("--since", "2026-11-23T12:07:29.2Z", "--until", "2026-11-23T12:20:00Z"))
    same(len(report(db, "--top", "2")["recipients"]["top"]), 2, "samples: --top")

    for args in (["--host", "nosuch"], ["--since", "2030-01-01"], ["--until", "2001-01-01"],
                 ["--since", "2026-11-24", "--until", "2026-11-23"]):
        code, out, err = run("report", "-d", db, *args)
        same([code, out, "covers" in err], [1, "", True], "nothing found says what there is: " + " ".join(args))
    for args in (["--since", "yesterdayish"], ["--top", "0"], ["--top", "x"], ["more"], ["--nosuch"],
                 ["-d", d + "/none.db"]):
        code, out, err = run("report", "-d", db, *args)
        same([code, out, err.startswith("qtrail: ") or "option" in err], [2, "", True], "refused: " + " ".join(args))


# ---- hostile text ----

HOSTILE = """2026-11-23T12:00:00.1+00:00 mx1 postfix/smtpd[1]: AB12CD34EF: client=<b>x</b>"'&.example.net[198.51.100.7]
2026-11-23T12:00:00.2+00:00 mx1 postfix/cleanup[2]: AB12CD34EF: message-id=<a@b.example>
2026-11-23T12:00:00.3+00:00 mx1 postfix/qmgr[3]: AB12CD34EF: from=<"<script>alert(1)</script>"@example.net>, size=10, nrcpt=2 (queue active)
2026-11-23T12:00:01.0+00:00 mx1 postfix/smtp[4]: AB12CD34EF: to=<"<img/src=x>\x1b[31m\u202e"@example.org>, relay=a"><script>.example[203.0.113.1]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)
2026-11-23T12:00:02.0+00:00 mx1 postfix/smtp[4]: AB12CD34EF: to=<b@example.org>, relay=mx.example.org[203.0.113.2]:25, delay=2, delays=0/0/1/1, dsn=5.7.1, status=bounced (host mx.example.org[203.0.113.2] said: 550 5.7.1 <svg onload=alert(1)> \x1b]0;x\x07 &amp; "quoted' \xff)
"""


def hostile(d):
    path, db = d + "/hostile.log", d + "/hostile.db"
    with open(path, "wb") as f:
        f.write(HOSTILE.encode("utf-8").replace(b"\xc3\xbf", b"\xff"))
    ingest(db, path)
    r = report(db)
    consistent(r, "hostile")
    same(states(r), {"relayed": 1, "bounced": 1}, "hostile: it is read")
    code, out, _ = run("report", "-d", db)
    check(code == 0 and not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", out), "hostile: no control byte in the text")
    code, out, _ = run("report", "-d", db, "--html")
    p = page_of(out)
    allowed = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "dl", "div", "dt", "dd", "small", "svg", "g",
               "text", "rect", "line", "circle", "table", "tr", "th", "td", "i", "details", "summary", "section"}
    same(sorted(set(p.tags) - allowed), [], "hostile: no tag that is not ours")
    same([n for n in p.names if n.startswith("on") or n in ("href", "src", "xlink:href")], [], "hostile: no handler, no address")
    same([p.open, p.faults], [[], []], "hostile: tags close")
    check(not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", out), "hostile: no control byte in the page")
    check("&lt;script&gt;alert(1)&lt;/script&gt;" in out and "default-src &#39;none&#39;" not in out, "hostile: shown encoded")


# ---- the page ----

def fits(text):
    """lines wider than 80 columns that could have been broken: those end in one long word after figures"""
    return [l for l in text.splitlines() if len(l) > 80 and not re.match(r"^ *[\d,]+ +[\d.]+ \w+ +\S+( .*)?$|^ *[\d,]+( +\S+){3} +\S+$", l)
            and max(map(len, l.split())) < 60]


def lab(d):
    base = DATA + "/lab-a"
    if not os.path.isdir(base):
        print("# no data of the lab in %s: not checked" % base)
        return
    db = d + "/lab.db"
    ingest(db, base + "/postfix-host.rfc3339.log", base + "/sendmail.rfc3339.log")
    ingest(db, "--host", "mx2", base + "/exim-mainlog")
    r = report(db)
    consistent(r, "lab")
    truth = [json.loads(l) for l in open(base + "/truth.jsonl")]
    orphans = [json.loads(l) for l in open(base + "/orphans.jsonl")]
    accepted = [t for t in truth if t.get("entry_qid")]
    null = [t for t in accepted if t["from"] == "" or t["scenario"] == "pickup-null"]
    # of these the log has one line, "client=": that it became a message cannot be told
    untold = [t for t in accepted if t["scenario"] == "pf-discardme"]
    # notices of Postfix to its postmaster that are not of the null sender
    notify = [o for o in orphans if (o.get("subject") or "").startswith("Postfix SMTP server: errors")]
    same(r["volume"]["messages"] - r["volume"]["notices"],
         len(accepted) - len(null) - len(untold) + len(notify), "lab: messages as sent, each once")
    # what landed, by Received: headers, in the queue it came from; what a pipe took has none
    landed = [c for t in truth for c in t["copies"] + t["dsns"]] + orphans
    landed = sum(len(c.get("rcpts") or [1]) if c["landed"] != "mailbox" else 1 for c in landed if c["chain"])
    arrived = sum(s["count"] for s in r["states"]["top"] if s["state"] in ("delivered", "relayed"))
    # Exim names local copies of one alias by the alias: 7 messages have 12 copies more than names. One went to /dev/null
    same(landed - 12 + 1 <= arrived <= landed + 1, True, "lab: %d arrived, %d landed" % (arrived, landed))
    again(db, "lab", ("--host", "mx1"), ("--host", "mx2"), ("--host", "mx3"),
          ("--since", "2026-11-23T12:08:00Z", "--until", "2026-11-23T12:09:30Z"),
          ("--since", "2026-11-23T12:09:00Z", "--until", "2026-11-23T12:10:00.5Z", "--host", "mx1"))
    text = run("report", "-d", db)[1]
    check(not fits(text), "lab: the text fits 80 columns", fits(text)[:3])
    p = page_of(run("report", "-d", db, "--html", "--top", "50")[1])
    same([p.open, p.faults], [[], []], "lab: tags of the page close")
    check(p.tags["svg"] == 2 and p.tags["script"] == 0, "lab: two plots, no script")
    for host in ("mx1", "mx2", "mx3"):
        consistent(report(db, "--host", host), "lab, " + host)


# ---- generated logs with known counts ----

def generated(d):
    if not os.path.exists(GENLOG):
        print("# no generator of logs in %s: not checked" % GENLOG)
        return
    for mta in ("postfix", "exim", "sendmail"):
        log, truth, db = d + "/g.log", d + "/g.truth", d + "/%s.db" % mta
        with open(log, "wb") as f:
            subprocess.run([sys.executable, GENLOG, "--mta", mta, "--lines", "30000", "--truth", truth], stdout=f,
                           stderr=subprocess.DEVNULL, check=True)
        ingest(db, "--host", "mx1", "--year", "2023", log)
        r = report(db)
        consistent(r, mta)
        text = open(log, "rb").read().decode()
        # the end of the log cuts off the last ones: only what it shows to be accepted
        seen = {"postfix": r": (\w+): from=<.* \(queue active\)", "exim": r" (\S+) <= ",
                "sendmail": r": (\w+): from=<"}[mta]
        ids = set(re.findall(seen, text))
        rows = [l.rstrip("\n").split("\t") for l in open(truth)]
        rows = [t for t in rows if t[1] in ids]
        own = [t for t in rows if t[7] == "-"]
        v = r["volume"]
        same(v["messages"] - v["notices"], len(own), mta + ": messages, each once")
        notices = [t for t in rows if t[3] == ""]
        check(abs(v["notices"] - len(notices)) <= 1 or mta == "sendmail", mta + ": notices", (v["notices"], len(notices)))
        same(v["bytes"] >= sum(int(t[5]) for t in own), True, mta + ": bytes")
        rejects = {"postfix": r"NOQUEUE: reject", "exim": r" rejected |syntax error in|authenticator failed",
                   "sendmail": r" reject="}[mta]
        same(v["rejects"], len(re.findall(rejects, text)), mta + ": rejects")
        deferred = {"postfix": r"status=deferred", "exim": r" == ", "sendmail": r"stat=Deferred"}[mta]
        lines = [l for l in text.splitlines() if re.search(deferred, l)]
        count = sum(len(re.findall(r"<[^>]*>", l.split(" to=")[1].split(", ")[0])) if mta == "sendmail" else 1 for l in lines)
        same(v["deferrals"], count, mta + ": deferred attempts")
        middle = r["course"]["steps"][len(r["course"]["steps"]) // 2]["at"]
        again(db, mta, ("--since", middle))


with tempfile.TemporaryDirectory() as d:
    samples(d)
    hostile(d)
    lab(d)
    generated(d)
print("%d passed, %d failed" % (passed, failed))
sys.exit(failed > 0)
