#!/usr/bin/env python3
"""migrate.py QTRAIL ROOT FAULT_LIBRARY - old databases, today's qtrail (see run.sh).

Prints ok/not ok lines and, last, "N passed, N failed".
"""
import glob, hashlib, os, re, shutil, signal, sqlite3, subprocess, sys, tempfile

BIN, ROOT, FAULT = os.path.abspath(sys.argv[1]), sys.argv[2], os.path.abspath(sys.argv[3])
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(ROOT, "tests/crash"))
from dump import Dump, dump

NOBODY = 65534
KILLS = int(os.environ.get("MIGRATE_KILLS", "10" if os.environ.get("QTRAIL_SLOW") else "40"))
passed = failed = 0


def check(ok, what, detail=""):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print(("ok " if ok else "not ok ") + what + ("" if ok or not detail else "\n# " + str(detail)))


def same(got, want, what):
    if isinstance(want, list) and got != want:
        check(False, what, "\n# ".join([">" + l[:600] for l in got if l not in want] + ["<" + l[:600] for l in want if l not in got]))
    else:
        check(got == want, what, "%.600r is not %.600r" % (got, want))


def run(*args, user=None, **env):
    r = subprocess.run([BIN, *args], capture_output=True, user=user, env=dict(os.environ, TZ="UTC", LC_ALL="C", **env))
    return r.returncode, r.stdout.decode(), r.stderr.decode()


def ingest(db, *args, **env):
    return run("ingest", "--config", os.devnull, "-q", "-d", db, *args, **env)


def version(db):
    c = sqlite3.connect(db)
    try:
        return c.execute("PRAGMA user_version").fetchone()[0]
    finally:
        c.close()


def old(n, db):
    """the database of version n, as it was"""
    remove(db)
    c = sqlite3.connect(db, isolation_level=None)
    c.executescript(open("%s/v%d.sql" % (HERE, n)).read())
    c.close()
    return db


def remove(db):
    for tail in ("", "-wal", "-shm", "-lock"):
        if os.path.exists(db + tail):
            os.unlink(db + tail)


def logs(d, more=False):
    for name in ("mx1.log", "mx2.log", "mx3.log"):
        shutil.copy(HERE + "/" + name, d + "/" + name)
    if more:
        with open(HERE + "/mx1.more") as f, open(d + "/mx1.log", "a") as to:
            to.write(f.read())


def read(d, db, *first):
    """the runs that made the dumps"""
    for args in (["mx1.log", "mx3.log"], ["--host", "mx2", "--timezone", "UTC", "mx2.log"]):
        code, _, err = ingest(db, *args[:-1], *[os.path.join(d, a) if a.endswith(".log") else a for a in args[-1:]]) \
            if len(args) > 2 else ingest(db, *[os.path.join(d, a) for a in args])
        if code != 0:
            check(False, "ingest of " + " ".join(args), err)


class Old(Dump):
    """without samples of lines: those read before version 4 have none"""

    def sources(self):
        return self.rows("source", "id", "path", "run", "sketch")


def text(db, known):
    """what it says; of what the version did not know, not more than that"""
    out = []
    for line in dump(db, kind=Old):
        if known < 2:
            # the time of a state was its last line's; a line of several recipients was archived for each
            line = re.sub(r"\('state_at', [^)]*\)", "", line)
            m = re.match(r"(entries .*, )\[((?:b'.*?', )*b'.*?')\]\)$", line)
            if m:
                line = m.group(1) + ", ".join(sorted(set(re.findall(r"b'.*?'(?=, b'|$)", m.group(2))))) + "])"
        if line.startswith("runs "):
            continue # a line is counted by the run that read it
        out.append(line)
    return out


def schema(db):
    c = sqlite3.connect(db)
    found = []
    for kind, name, sql in c.execute("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY 1, 2"):
        columns = c.execute("SELECT name, type, \"notnull\", pk FROM pragma_table_info(?) ORDER BY name", (name,)).fetchall()
        found.append("%s %s %s" % (kind, name, columns if kind == "table" else sql))
    c.close()
    return found


def rows(db):
    c = sqlite3.connect(db)
    try:
        return list(c.iterdump())
    finally:
        c.close()


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


READERS = (["trace", "4F75AA9663D"], ["search"], ["report"], ["status"], ["check"], ["prune", "--dry-run", "--older-than", "1d"])


def test_old(d, n, newest, fresh, longer):
    db = d + "/old.db"
    what = "version %d: " % n
    old(n, db)
    same(version(db), n, what + "the dump is one")
    if n < newest:
        before, user = digest(db), NOBODY if os.geteuid() == 0 else None
        if user is not None:
            os.chmod(db, 0o644)
        for args in READERS:
            code, out, err = run(args[0], "-d", db, *args[1:], user=user)
            check((code, out) == (2, "") and err == "qtrail: %s: the database has schema version %d; `qtrail ingest` brings it to %d\n"
                  % (db, n, newest), what + args[0] + " says what brings it forward", err)
        check(digest(db) == before, what + "and changes nothing")
        if user is not None:
            code, _, err = run("ingest", "--config", os.devnull, "-q", "-d", db, d + "/mx1.log", user=user)
            check(code == 2 and err.count("\n") == 1 and "ermission" in err, what + "who may not write is told", err)
            check(digest(db) == before and version(db) == n, what + "and changes nothing either")
    logs(d)
    code, out, err = run("ingest", "--config", os.devnull, "-d", db, d + "/mx3.log")
    check(code == 0 and out.startswith("0 lines"), what + "ingest carries it forward, and no log is read again", out + err)
    same(version(db), newest, what + "it is of today's version")
    same(text(db, n), text(fresh, n), what + "it says what a fresh ingest says")
    same(schema(db), schema(fresh), what + "its tables, views and indexes are those of a fresh one")
    code, out, err = run("check", "-q", "-d", db)
    same((code, out, err), (0, "", ""), what + "check finds nothing")
    logs(d, True)
    read(d, db)
    same(text(db, n), text(longer, n), what + "what comes after joins what was there")
    code, out, err = run("trace", "-d", db, "4F75AA9663D")
    same((code, out), run("trace", "-d", longer, "4F75AA9663D")[:2], what + "trace answers as it does on a fresh one")
    logs(d)
    old(n, db)
    code, out, err = run("prune", "-d", db, "--older-than", "2026-01-01")
    check(code == 0 and version(db) == newest, what + "prune carries it forward, too", out + err)


def test_killed(d, n, newest, fresh):
    if not os.path.exists(FAULT):
        print("# left out: no library that kills at a system call (make build/fault.so)")
        return
    db = d + "/kill-q.db"
    san = dict(ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0:detect_leaks=0")
    fault = dict(LD_PRELOAD=FAULT, FAULT_PATH="kill-q.db", FAULT_OPS="wstuo", **san)
    old(n, db)
    before = rows(db)
    ingest(db, d + "/mx3.log", FAULT_AT="0", FAULT_COUNT=d + "/count", **fault)
    calls = int(open(d + "/count").read())
    bad, intact = [], 0
    for k in range(KILLS):
        at = 1 + calls * k // KILLS
        for do in ("kill", "ENOSPC") if k % 4 == 0 else ("torn" if k % 4 == 1 else "kill",):
            old(n, db)
            code, _, err = ingest(db, d + "/mx3.log", FAULT_AT=str(at), FAULT_DO=do, FAULT_STAY="1", **fault)
            left = version(db)
            if code not in (-signal.SIGKILL, 0, 2) or (code == 2 and not err.startswith("qtrail: ")):
                bad.append((at, do, "exit code", code, err))
            if left not in (n, newest):
                bad.append((at, do, "version", left))
            if left == n and n < newest:
                intact += 1
                if rows(db) != before:
                    bad.append((at, do, "the old version is not what it was"))
            code, _, err = ingest(db, d + "/mx3.log")
            if code != 0 or text(db, n) != text(fresh, n):
                bad.append((at, do, "the next ingest", err))
    check(not bad, "version %d: killed or failing at any of %d system calls it is old or new, never between" % (n, calls), bad[:3])
    check(n == newest or intact > KILLS // 4, "version %d: %d times it was still the old one" % (n, intact))


def test_who_may_only_read(d, fresh):
    """without -wal and -shm, as a copy of the database alone is"""
    if os.geteuid() != 0:
        return
    db = d + "/readonly.db"
    shutil.copy(fresh, db)
    os.chmod(db, 0o644)
    code, out, err = run("status", "-d", db, user=NOBODY)
    check(code == 2 and "its -wal and -shm files are missing" in err, "who may only read is told what is missing", err)
    c = sqlite3.connect(db)
    c.execute("PRAGMA journal_mode = DELETE")
    c.close()
    code, out, err = run("status", "-d", db, user=NOBODY)
    check(code == 0, "without a WAL a copy can be read", err)


def test_newer(d, fresh, newest):
    db = d + "/newer.db"
    shutil.copy(fresh, db)
    c = sqlite3.connect(db)
    c.execute("PRAGMA journal_mode = DELETE")
    c.execute("PRAGMA user_version = %d" % (newest + 1))
    c.close()
    before = digest(db)
    for args in READERS + (["ingest", "--config", os.devnull, d + "/mx1.log"], ["prune", "--older-than", "1d"]):
        code, out, err = run(args[0], "-d", db, *args[1:])
        check(code == 2 and "schema version %d, this qtrail knows up to %d; use a newer qtrail" % (newest + 1, newest) in err,
              "a newer version: %s refuses it" % args[0], err)
    same(digest(db), before, "and it is left as it is")


with tempfile.TemporaryDirectory() as scratch:
    os.chmod(scratch, 0o755)
    logs(scratch)
    fresh, longer = scratch + "/fresh.db", scratch + "/longer.db"
    read(scratch, fresh)
    newest = version(fresh)
    read(scratch, longer)
    logs(scratch, True)
    read(scratch, longer)
    logs(scratch)
    there = sorted(int(re.search(r"v(\d+)\.sql$", p).group(1)) for p in glob.glob(HERE + "/v*.sql"))
    check(set(range(1, newest)) <= set(there), "there is a dump of every earlier version", there)
    for n in there:
        test_old(scratch, n, newest, fresh, longer)
        test_killed(scratch, n, newest, fresh)
    test_who_may_only_read(scratch, fresh)
    test_newer(scratch, fresh, newest)
print("%d passed, %d failed" % (passed, failed))
sys.exit(failed > 0)
