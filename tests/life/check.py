#!/usr/bin/env python3
"""check.py QTRAIL ROOT - `qtrail check`: finds what is wrong and says what to do; damage never ends in a crash.

CHECK_FLIPS says how many damaged files, CHECK_SEED which. Prints ok/not ok lines and, last, "N passed, N failed".
"""
import os, random, shutil, sqlite3, subprocess, sys, tempfile

BIN, ROOT = os.path.abspath(sys.argv[1]), sys.argv[2]
PAGE = 16384
sys.path.insert(0, os.path.join(ROOT, "tests/crash"))
import makelog

FLIPS = int(os.environ.get("CHECK_FLIPS", "60"))
SEED = int(os.environ.get("CHECK_SEED", "1"))
passed = failed = 0


def check(ok, what, detail=""):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print(("ok " if ok else "not ok ") + what + ("" if ok or not detail else "\n# " + str(detail)))


def run(*args):
    try:
        r = subprocess.run([BIN, *args], capture_output=True, timeout=60, env=dict(os.environ, TZ="UTC", LC_ALL="C"))
    except subprocess.TimeoutExpired:
        return -99, "", "no end within a minute"
    return r.returncode, r.stdout.decode("utf-8", "replace"), r.stderr.decode("utf-8", "replace")


FAULTS = [
    ("a delivery without entry", "UPDATE delivery SET entry = 999999 WHERE id = 1",
     "1 row(s) of table delivery refer to a row of table entry that is not there (one has the id 1)"),
    ("a host without name", "UPDATE entry SET host = 77 WHERE id = 3", "of table entry refer to a row of table host"),
    ("a link to nothing", "INSERT INTO link VALUES (1, 88888, 'forward', 0)", "of table link refer to a row of table entry"),
    ("a link to itself", "INSERT INTO link VALUES (1, 1, 'forward', 0)", "1 links lead from an entry to itself"),
    ("a chunk nobody refers to", "INSERT INTO line_chunk SELECT 5000, raw_size, data FROM line_chunk LIMIT 1",
     "nothing refers to 1 line chunk(s) (one has the id 5000)"),
    ("a chunk that is gone", "DELETE FROM line_chunk WHERE id = 1", "entries refer to raw lines that are not there"),
    ("a chunk of another size", "UPDATE line_chunk SET raw_size = raw_size + 1 WHERE id = 1", "line chunk 1 does not decompress"),
    ("a chunk of absurd size", "UPDATE line_chunk SET raw_size = 1 << 62 WHERE id = 1", "line chunk 1 does not decompress"),
    ("a chunk of no bytes", "UPDATE line_chunk SET data = x'' WHERE id = 1", "line chunk 1 does not decompress"),
    ("a byte of a chunk", "UPDATE line_chunk SET data = CAST(substr(data, 1, 4000) || x'00' || substr(data, 4002) AS BLOB)",
     "line chunk 1 does not decompress"),
    ("references that are none", "UPDATE entry SET lines = x'ffffffffffffffffffffffff' WHERE id = 2",
     "1 entries refer to raw lines that are not there (one has the id 2)"),
    ("a reference beyond its chunk", "UPDATE entry SET lines = x'02feffffff7f' WHERE id = 2", "1 entries refer to raw lines"),
    ("a reject's line", "UPDATE reject SET chunk = 4444 WHERE id = 1", "1 rejects refer to a raw line that is not there"),
    ("a state of a delivery", "UPDATE delivery SET state = 'vanished' WHERE id < 3",
     '2 row(s) have the word "vanished" in delivery.state, which this qtrail does not know (one has the id 1)'),
    ("a state with an escape sequence", "UPDATE delivery SET state = char(27) || '[31m' WHERE id < 3", '"\\x1B[31m"'),
    ("an outcome", "UPDATE entry SET outcome = 'lost' WHERE id = 1", '"lost" in entry.outcome'),
    ("time backwards", "UPDATE entry SET last_at = first_at - 1 WHERE id = 5", "1 entries end before they begin"),
    ("a delivery out of time", "UPDATE delivery SET at = at + 86400000000 WHERE id = 5", "1 deliveries are outside the time of their entry"),
    ("a file's span", "UPDATE source SET first_at = last_at + 1", "1 log files have a newest record"),
    ("a file's counts", "UPDATE source SET offset = -1", "1 log files have counts that cannot be"),
    ("a file without head", "UPDATE source SET head = x''", "1 log files have no content to know them by"),
    ("a connection's entry", "INSERT INTO session (host, ident, pid, at, opened, hold) VALUES ('h', 'i', 1, 1, 99999, 0)",
     "1 connections under way refer to an entry"),
    ("a recipient's address", "DELETE FROM address WHERE key = (SELECT recipient_key FROM delivery WHERE id = 1)",
     "have a recipient that table address does not know"),
    ("a sender's key", "UPDATE entry SET sender_key = NULL WHERE id = (SELECT min(id) FROM entry WHERE sender <> '')",
     "1 entries have a sender that table address does not know"),
    ("a run", "UPDATE run SET ended_at = started_at - 1", "1 runs end before they start"),
    ("an index", "DROP INDEX entry_queue_id", "index entry_queue_id is missing; the next `qtrail ingest` makes it"),
    ("a view", "DROP VIEW bounce", "view bounce is missing; the next `qtrail ingest` makes it"),
    ("a table", "DROP TABLE note", "table note is missing"),
    ("a state that SQLite checks", "PRAGMA ignore_check_constraints = 1; UPDATE entry SET state = 'odd' WHERE id = 1",
     '"odd" in entry.state'),
]


def test_1_findings(d, db, log):
    code, out, err = run("check", "-d", db)
    check(code == 0 and "nothing is wrong" in out, "a sound database", out + err)
    code, out, err = run("check", "-q", "-d", db)
    check((code, out, err) == (0, "", ""), "quietly", out + err)
    bad = os.path.join(d, "bad.db")
    for name, statement, due in FAULTS:
        shutil.copy(db, bad)
        c = sqlite3.connect(bad)
        c.executescript(statement)
        c.commit()
        c.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        c.close()
        code, out, err = run("check", "-q", "-d", bad)
        check(code == 1 and due in out and "; " in out and err == "", name, "%d %s%s" % (code, out, err))
    for name in ("entry_queue_id", "bounce"):
        shutil.copy(db, bad)
        c = sqlite3.connect(bad)
        c.execute("DROP %s %s" % ("VIEW" if name == "bounce" else "INDEX", name))
        c.close()
        run("ingest", "--config", os.devnull, "-q", "-d", bad, log)
        check(run("check", "-d", bad)[0] == 0, "the next ingest makes %s" % name)


def test_2_no_database(d, db, log):
    def expect(name, content, due):
        path = os.path.join(d, "no.db")
        with open(path, "wb") as f:
            f.write(content)
        code, out, err = run("check", "-d", path)
        check(code == 2 and due in err and err.count("\n") == 1 and out == "", name, "%d %s%s" % (code, out, err))
    whole = open(db, "rb").read()
    expect("a text", b"this is a text and no database at all\n" * 100, "file is not a database")
    expect("an empty file", b"", "is empty")
    expect("another program's", whole[:68] + b"\0\0\0\1" + whole[72:], "not one of qtrail")
    expect("a newer version", whole[:60] + b"\0\0\0\x63" + whole[64:], "schema version 99")
    code, out, err = run("check", "-d", os.path.join(d, "missing.db"))
    check(code == 2 and "no such database" in err, "a missing one", err)
    code, out, err = run("check", "-d", d)
    check(code == 2 and "is a directory" in err, "a directory", err)
    code, out, err = run("check", "-d", db, "what")
    check(code == 2 and "no arguments" in err, "arguments", err)


def damage(r, data):
    """bytes flipped, a page of zeros or noise, the end cut off"""
    data = bytearray(data)
    kind = r.randrange(6)
    at = r.randrange(len(data)) if r.random() < 0.8 else r.randrange(20000)
    if kind < 3:
        for _ in range(r.choice([1, 1, 3, 40])):
            data[(at + r.randrange(200)) % len(data)] ^= 1 << r.randrange(8)
    elif kind == 3:
        page = at // PAGE * PAGE
        data[page:page + PAGE] = bytes(PAGE)
    elif kind == 4:
        page = at // PAGE * PAGE
        data[page:page + PAGE] = r.randbytes(PAGE)
    else:
        del data[at:]
    return bytes(data)


def test_3_damaged(d, db, log):
    r = random.Random(SEED)
    whole, path = open(db, "rb").read(), os.path.join(d, "flip.db")
    found, crashes, dumb = 0, [], []
    qid = sqlite3.connect(db).execute("SELECT queue_id FROM entry LIMIT 1 OFFSET 20").fetchone()[0]
    others = [["trace", qid], ["trace", "--lines", qid], ["search", "--limit", "500"], ["report"], ["status"], ["status", "--json"],
              ["prune", "--older-than", "2026-03-10T12:00:00Z"], ["prune", "--dry-run", "--older-than", "2026-03-10T12:00:00Z"],
              ["ingest", "--config", os.devnull, "-q", "--recheck", log]]
    for i in range(FLIPS):
        for tail in ("-wal", "-shm"):
            if os.path.exists(path + tail):
                os.unlink(path + tail)
        with open(path, "wb") as f:
            f.write(damage(r, whole))
        code, out, err = run("check", "-d", path)
        if code not in (0, 1, 2):
            crashes.append((i, "check", code, err[-300:]))
        if (code == 1) != (err == "" and "nothing is wrong" not in out) or (code == 2) != err.startswith("qtrail: "):
            dumb.append((i, "check", code, out[-300:], err[-300:]))
        found += code != 0
        args = others[i % len(others)]
        code, out, err = run(args[0], "-d", path, *args[1:])
        if code not in (0, 1, 2):
            crashes.append((i, args[0], code, err[-300:]))
        elif code == 2 and not err.startswith("qtrail: "):
            dumb.append((i, args[0], code, out[-300:], err[-300:]))
    check(not crashes, "%d damaged files: no command crashes" % FLIPS, crashes[:4])
    check(not dumb, "each that fails says why", dumb[:4])
    check(found > FLIPS // 4, "damage is found where the file tells of it (%d of %d)" % (found, FLIPS))


with tempfile.TemporaryDirectory() as scratch:
    log, db = scratch + "/mail.log", scratch + "/mail.db"
    with open(log, "w") as f:
        f.write("".join(makelog.text(makelog.log(5, 120))))
    code, _, err = run("ingest", "--config", os.devnull, "-q", "-d", db, log)
    check(code == 0, "ingest", err)
    for name, test in sorted(globals().copy().items()):
        if name.startswith("test_"):
            test(scratch, db, log)
print("%d passed, %d failed" % (passed, failed))
sys.exit(failed > 0)
