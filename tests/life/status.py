#!/usr/bin/env python3
"""status.py QTRAIL ROOT - `qtrail status`: its JSON against its schema, gaps, 80 columns.

Prints ok/not ok lines and, last, "N passed, N failed".
"""
import datetime, json, os, subprocess, sys, tempfile

BIN, ROOT = sys.argv[1], sys.argv[2]
SCHEMA = json.load(open(ROOT + "/schema/status.schema.json"))
UTC = datetime.timezone.utc
MONDAY = datetime.datetime(2026, 3, 2, tzinfo=UTC)
passed = failed = 0


def check(ok, what, detail=""):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print(("ok " if ok else "not ok ") + what + ("" if ok or not detail else "\n# " + str(detail)))


def same(got, want, what):
    check(got == want, what, "%r is not %r" % (got, want))


TYPES = {"object": dict, "array": list, "string": str, "null": type(None)}


def is_type(v, t):
    if t in ("integer", "number"):
        return isinstance(v, int if t == "integer" else (int, float)) and not isinstance(v, bool)
    return isinstance(v, TYPES[t])


def faults(v, s, at="$"):
    types = s["type"] if isinstance(s["type"], list) else [s["type"]]
    if not any(is_type(v, t) for t in types):
        yield "%s: %r is no %s" % (at, v, types)
    elif "enum" in s and v not in s["enum"]:
        yield "%s: %r" % (at, v)
    elif isinstance(v, dict):
        for name in set(s["required"]) ^ set(v):
            yield "%s: %s" % (at, name)
        for name in set(s["properties"]) & set(v):
            yield from faults(v[name], s["properties"][name], at + "." + name)
    elif isinstance(v, list):
        for i, item in enumerate(v):
            yield from faults(item, s["items"], "%s[%d]" % (at, i))


def run(*args, tz="UTC"):
    r = subprocess.run([BIN, *args], capture_output=True, env=dict(os.environ, TZ=tz))
    return r.returncode, r.stdout.decode(), r.stderr.decode()


def status(db):
    code, out, err = run("status", "-d", db, "--json")
    check(code == 0, "status of " + os.path.basename(db), err)
    found = json.loads(out)
    same(list(faults(found, SCHEMA)), [], "its JSON is as the schema says")
    return found


def mail(at, host, n):
    stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return ("%s %s postfix/smtpd[9]: %s: client=c1.example.net[192.0.2.9]\n%s %s postfix/qmgr[9]: %s: removed\n"
            % (stamp, host, n, stamp, host, n))


def log(times, host):
    return "".join(mail(t, host, "4F%s%06X" % (host[-1].upper().encode().hex(), i)) for i, t in enumerate(times))


def every(minutes, days, hours, start=MONDAY, weekend=True):
    """a mail each so many minutes at these hours"""
    for i in range(days * 1440 // minutes):
        t = start + datetime.timedelta(minutes=i * minutes)
        if t.hour in hours and (weekend or t.weekday() < 5):
            yield t


def without(times, *spans):
    for t in times:
        if not any(a <= t.isoformat()[:16] < b for a, b in spans):
            yield t


def gaps(db, host):
    h, = [h for h in status(db)["hosts"] if h["host"] == host]
    return [(g["from"][:16], g["until"][:16]) for g in h["gaps"]]


def make(d, name, text):
    path = os.path.join(d, name + ".log")
    open(path, "w").write(text)
    db = os.path.join(d, name + ".db")
    code, _, err = run("ingest", "--config", os.devnull, "-q", "-d", db, path)
    check(code == 0, "ingest of " + name, err)
    return db


def test_gaps(d):
    office = lambda: every(5, 28, range(8, 18), weekend=False)
    same(gaps(make(d, "office", log(office(), "mx1")), "mx1"), [], "nights and weekends of an office are no gaps")
    cut = ("2026-03-11T10:00", "2026-03-11T14:00")
    same(gaps(make(d, "cut", log(without(office(), cut), "mx1")), "mx1"), [cut], "four hours of a working day are one")
    day = ("2026-03-12T00:00", "2026-03-13T00:00")
    same(gaps(make(d, "day", log(without(office(), day), "mx1")), "mx1"), [("2026-03-11T18:00", "2026-03-13T08:00")],
         "a missing day counts with the nights around it")
    busy = lambda: every(1, 2, range(24))
    hour = ("2026-03-02T12:00", "2026-03-02T13:00")
    same(gaps(make(d, "hour", log(without(busy(), hour), "mx1")), "mx1"), [hour], "an hour of a busy host")
    both = [hour, ("2026-03-03T00:00", "2026-03-03T09:00")]
    same(gaps(make(d, "two", log(without(busy(), *both), "mx1")), "mx1"), both, "a long gap does not hide a short one")
    half = ("2026-03-02T12:00", "2026-03-02T12:30")
    same(gaps(make(d, "half", log(without(busy(), half), "mx1")), "mx1"), [], "half an hour is no gap")
    rare = list(every(240, 28, range(24)))
    same(gaps(make(d, "rare", log(rare, "mx1")), "mx1"), [], "a host with a mail in four hours")
    rare = list(without(rare, ("2026-03-10T00:00", "2026-03-11T00:00")))
    same(gaps(make(d, "rarer", log(rare, "mx1")), "mx1"), [], "a day of it may pass")
    both = log(without(busy(), hour), "mx1") + log(busy(), "mx2")
    db = make(d, "both", both)
    same((gaps(db, "mx1"), gaps(db, "mx2")), ([hour], []), "each host by its own habit")


def test_what_fills_a_gap(d):
    hour = ("2026-03-02T12:00", "2026-03-02T13:00")
    text = log(without(every(1, 2, range(24)), hour), "mx1")
    retry = ("2026-03-02T%sZ mx1 postfix/smtp[9]: 4F31000001: to=<b@example.org>, relay=none, delay=9, delays=9/0/0/0,"
             " dsn=4.4.1, status=deferred (connect to mx.example.org[192.0.2.1]:25: Connection timed out)\n")
    text = text.replace("4F31000001: removed", "4F31000001: from=<a@example.net>, size=9, nrcpt=1 (queue active)")
    tries = "".join(retry % t for t in ("12:05:00", "12:15:00", "12:35:00", "12:45:00"))
    same(gaps(make(d, "retries", text + tries), "mx1"), [], "retries of older mail are records")
    no = "".join("2026-03-02T12:%02d:00Z mx1 postfix/smtpd[9]: NOQUEUE: reject: RCPT from c1.example.net[192.0.2.9]: 554"
                 " 5.7.1 <b@example.org>: Relay access denied; from=<a@example.net> to=<b@example.org> proto=ESMTP"
                 " helo=<c1>\n" % m for m in (5, 15, 35, 45))
    same(gaps(make(d, "refused", text + no), "mx1"), [], "refusals are records")


def test_words(d):
    db = make(d, "words", log(without(every(1, 2, range(24)), ("2026-03-02T12:00", "2026-03-02T13:00")), "mx1"))
    with open(os.path.join(d, "words.log"), "a") as f:
        f.write("2026-03-04T09:00:00Z mx1 postfix/smtpd[9]: 4FAAAAAA: client=c1.example.net[192.0.2.9]\n"
                "2026-03-04T09:00:00Z mx1 postfix/cleanup[9]: 4FAAAAAA: message-id=<x@app.example.net>\n"
                "2026-03-04T09:00:00Z mx1 postfix/qmgr[9]: 4FAAAAAA: from=<a@example.net>, size=9, nrcpt=1 (queue active)\n"
                "2026-03-04T09:00:01Z mx1 postfix/smtpd[9]: this line has a shape of its own\n")
    run("ingest", "--config", os.devnull, "-q", "-d", db, os.path.join(d, "words.log"))
    found = status(db)
    source, = found["sources"]
    host, = found["hosts"]
    same((source["lines"], source["matched"], source["unmatched"]), (5644, 5643, 1), "a file's lines, matched, unmatched")
    same((source["first_at"][:16], source["last_at"][:16]), ("2026-03-02T00:00", "2026-03-04T09:00"), "the span of a file")
    same((host["entries"], host["open_entries"], host["open_since"][:16]), (2821, 1, "2026-03-04T09:00"), "what is still open")
    same((found["all_runs"]["runs"], found["all_runs"]["lines"], found["last_run"]["lines"]), (2, 5644, 4), "runs")
    same(found["database"]["bytes"], os.path.getsize(db), "the size of the database")
    code, text, _ = run("status", "-d", db)
    lines = [l for l in text.splitlines() if d not in l]
    check(max(map(len, lines)) <= 80, "no line of the text is longer than 80 columns", max(lines, key=len))
    for words in ("5,644 lines", "1 unmatched", "2,821 entries, 1 still open (oldest of 2026-03-04 09:00), 0 rejects",
                  "gap 2026-03-02 12:00 to 2026-03-02 13:00, 1 h 0 m\n      (at other such times 6 of 6 ten-minute slots have mail)", "all 2 runs", "Hosts, times in UTC"):
        check(words in text, "the text says: " + words, text)
    _, text, _ = run("status", "-d", db, tz="Asia/Tokyo")
    check("gap 2026-03-02 21:00" in text and "times in JST" in text, "times are local", text)
    _, text, _ = run("status", "-d", db, "--utc", tz="Asia/Tokyo")
    check("gap 2026-03-02 12:00" in text and "times in UTC" in text, "or UTC", text)


def test_empty(d):
    path = os.path.join(d, "none.log")
    open(path, "w").write("nothing that is a log\n")
    db = os.path.join(d, "none.db")
    run("ingest", "--config", os.devnull, "-q", "-d", db, path)
    import sqlite3
    c = sqlite3.connect(db)
    c.execute("DELETE FROM run")
    c.commit()
    c.close()
    found = status(db)
    same((found["hosts"], found["sources"], found["last_run"]), ([], [], None), "an empty database has nothing")
    code, text, err = run("status", "-d", db)
    check(code == 0 and "Nothing was read into it yet" in text, "it says so", text + err)
    code, text, err = run("status", "-d", os.path.join(d, "missing.db"))
    check(code == 2 and "no such database" in err, "a missing database is trouble", err)
    code, text, err = run("status", "-d", db, "more")
    check(code == 2 and "no arguments" in err, "arguments are refused", err)


def test_older_view(d):
    """a database that was not written since its view coverage had no column for refusals"""
    import sqlite3
    db = make(d, "older", log(every(60, 1, range(24)), "mx1"))
    c = sqlite3.connect(db)
    c.execute("DROP VIEW coverage")
    c.execute("CREATE VIEW coverage AS SELECT id AS host_id, name AS host, 0 AS first_at, 0 AS last_at, 1 AS entries FROM host")
    c.close()
    same([h["entries"] for h in status(db)["hosts"]], [24], "views of an older qtrail do not matter")


def test_hostile(d):
    path = os.path.join(d, "a\x1b[31m\n.log")
    open(path, "w").write(log(every(60, 1, range(24)), "mx1"))
    db = os.path.join(d, "hostile.db")
    run("ingest", "--config", os.devnull, "-q", "-d", db, path)
    status(db)
    _, text, _ = run("status", "-d", db)
    check("\x1b" not in text and "\\x1B[31m" in text, "escape sequences in names are shown, not sent", repr(text))


with tempfile.TemporaryDirectory() as scratch:
    for name, test in sorted(globals().items()):
        if name.startswith("test_"):
            test(scratch)
print("%d passed, %d failed" % (passed, failed))
sys.exit(failed > 0)
