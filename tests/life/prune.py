#!/usr/bin/env python3
"""prune.py QTRAIL ROOT [FAULT_LIBRARY] - `qtrail prune`: whole traces go, nothing else does, at any point killed.

Prints ok/not ok lines and, last, "N passed, N failed".
"""
import datetime, gzip, hashlib, os, shutil, signal, sqlite3, subprocess, sys, tempfile, time

BIN, ROOT = os.path.abspath(sys.argv[1]), sys.argv[2]
FAULT = os.path.abspath(sys.argv[3] if len(sys.argv) > 3 else ROOT + "/build/fault.so")
sys.path.insert(0, os.path.join(ROOT, "tests/crash"))
from dump import Dump, dump, unzstd, varints
import makelog

DAY = 86400 * 10**6
KILLS = int(os.environ.get("PRUNE_KILLS", "8" if os.environ.get("QTRAIL_SLOW") else "30"))
CONTENT = [p for p in Dump.PARTS if p not in ("sources", "runs", "unmatched", "hosts")]
passed = failed = 0


def check(ok, what, detail=""):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print(("ok " if ok else "not ok ") + what + ("" if ok or not detail else "\n# " + str(detail)))
    return ok


def same(got, want, what):
    check(got == want, what, "%.700r is not %.700r" % (got, want))


def run(*args, **env):
    r = subprocess.run([BIN, *args], capture_output=True, env=dict(os.environ, TZ="UTC", LC_ALL="C", **env))
    return r.returncode, r.stdout.decode("utf-8", "replace"), r.stderr.decode("utf-8", "replace")


def ingest(db, *args):
    return run("ingest", "--config", os.devnull, "-d", db, *args)


def iso(us):
    return datetime.datetime.fromtimestamp(us / 1e6, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def sql(db, text, *args):
    c = sqlite3.connect(db)
    try:
        rows = c.execute(text, args).fetchall()
        c.commit()
        return rows
    finally:
        c.close()


def copy(db, to):
    for tail in ("", "-wal"):
        if os.path.exists(to + tail):
            os.unlink(to + tail)
        if os.path.exists(db + tail):
            shutil.copy(db + tail, to + tail)
    return to


def make(d, name="whole", messages=300, seed=7):
    """a database of makelog's day, and its log"""
    log = os.path.join(d, name + ".log")
    db = os.path.join(d, name + ".db")
    if not os.path.exists(db):
        with open(log, "w") as f:
            f.write("".join(makelog.text(makelog.log(seed, messages))))
        code, _, err = ingest(db, "-q", log)
        check(code == 0, "ingest of " + name, err)
    return db, log


def traces(db):
    """{entry: the entries it hangs together with}, by view hop and table link"""
    group = {i: {i} for i, in sql(db, "SELECT id FROM entry")}
    for a, b in sql(db, "SELECT from_entry, to_entry FROM hop WHERE to_entry IS NOT NULL"
                        " UNION SELECT parent, child FROM link"):
        if group[a] is not group[b]:
            group[a] |= group[b]
            for i in group[b]:
                group[i] = group[a]
    return group


def gone(db, before):
    """what is to go: entries of traces of which every line is older"""
    last = dict(sql(db, "SELECT id, last_at FROM entry"))
    group = traces(db)
    return {i for i in last if all(last[k] < before for k in group[i])}


def deleted_by_hand(db, to, before):
    ids = gone(db, before)
    copy(db, to)
    c = sqlite3.connect(to)
    c.execute("CREATE TEMP TABLE g (id INTEGER PRIMARY KEY)")
    c.executemany("INSERT INTO g VALUES (?)", [(i,) for i in ids])
    for t, column in (("note", "entry"), ("delivery", "entry"), ("reject", "entry"), ("link", "parent"), ("entry", "id")):
        c.execute("DELETE FROM %s WHERE %s IN (SELECT id FROM g)" % (t, column))
    c.execute("DELETE FROM reject WHERE entry IS NULL AND at < ?", (before,))
    left = {a.lower() for table, column in (("entry", "sender"), ("delivery", "recipient"), ("delivery", "original_recipient"))
            for a, in c.execute("SELECT DISTINCT %s FROM %s WHERE %s <> ''" % (column, table, column))}
    for domain, local in c.execute("SELECT domain, local FROM address").fetchall():
        if local + "@" + domain not in left:
            c.execute("DELETE FROM address WHERE domain = ? AND local = ?", (domain, local))
    c.commit()
    c.close()
    return ids


def unused_chunks(db):
    used = {c for c, in sql(db, "SELECT chunk FROM reject WHERE chunk IS NOT NULL")}
    for refs, in sql(db, "SELECT lines FROM entry WHERE lines IS NOT NULL"):
        chunk = 0
        for step in list(varints(refs))[::2]:
            chunk += step
            used.add(chunk)
    return {i for i, in sql(db, "SELECT id FROM line_chunk")} - used


def sound(db):
    return sql(db, "PRAGMA integrity_check") == [("ok",)] and not sql(db, "PRAGMA foreign_key_check")


def small_chunks(db):
    """the archive in chunks of some lines, as a large database has many"""
    c = sqlite3.connect(db)
    import ctypes
    from dump import ZSTD
    ZSTD.ZSTD_compress.restype = ctypes.c_size_t
    ZSTD.ZSTD_compress.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]

    def pack(raw):
        out = ctypes.create_string_buffer(len(raw) + 1000)
        size = ZSTD.ZSTD_compress(out, len(raw) + 1000, raw, len(raw), 1)
        return out.raw[:size]

    moved = {}
    old = c.execute("SELECT id, raw_size, data FROM line_chunk ORDER BY id").fetchall()
    c.execute("DELETE FROM line_chunk")
    n = 0
    for i, size, data in old:
        text, at = unzstd(data, size), 0
        while at < size:
            end = text.index(b"\n", min(at + 1500, size - 1)) + 1
            n += 1
            c.execute("INSERT INTO line_chunk VALUES (?, ?, ?)", (n, end - at, pack(text[at:end])))
            moved[i, at, end] = n
            at = end
    places = sorted(moved)

    def place(chunk, offset):
        import bisect
        k = bisect.bisect_right(places, (chunk, offset, 1 << 60)) - 1
        return moved[places[k]], offset - places[k][1]

    def varint(v):
        v = v * 2 if v >= 0 else -v * 2 - 1
        out = b""
        while v > 127:
            out += bytes([v & 127 | 128])
            v >>= 7
        return out + bytes([v])

    for i, refs in c.execute("SELECT id, lines FROM entry WHERE lines IS NOT NULL").fetchall():
        numbers, out = list(varints(refs)), b""
        chunk = at = last = last_at = 0
        for step, to in zip(numbers[::2], numbers[1::2]):
            chunk, at = chunk + step, to if step else at + to
            now, now_at = place(chunk, at)
            out += varint(now - last) + varint(now_at - last_at if now == last else now_at)
            last, last_at = now, now_at
        c.execute("UPDATE entry SET lines = ? WHERE id = ?", (out, i))
    for i, chunk, at in c.execute("SELECT id, chunk, chunk_at FROM reject WHERE chunk IS NOT NULL").fetchall():
        c.execute("UPDATE reject SET chunk = ?, chunk_at = ? WHERE id = ?", (*place(chunk, at), i))
    c.commit()
    c.close()


def test_1_whole_traces(d):
    db, log = make(d)
    before = dump(db, CONTENT)
    small_chunks(db)
    same(dump(db, CONTENT), before, "the archive in small chunks says the same")
    last = sorted(t for t, in sql(db, "SELECT last_at FROM entry"))
    split = 0
    for part in (0, 10, 35, 50, 65, 90, 100):
        cut = last[min(len(last) - 1, len(last) * part // 100)] + (1 if part == 100 else 0)
        pruned, hand = copy(db, d + "/pruned.db"), d + "/hand.db"
        ids = deleted_by_hand(db, hand, cut)
        split += len([i for i, t in sql(db, "SELECT id, last_at FROM entry") if t < cut and i not in ids])
        code, dry, err = run("prune", "-d", pruned, "--older-than", iso(cut), "--dry-run")
        code, out, err = run("prune", "-d", pruned, "--older-than", iso(cut), *(["--batch", str(part)] if part else []))
        check(code == 0, "prune of %d %%" % part, err)
        same(dump(pruned, CONTENT), dump(hand, CONTENT), "what is left after %d %% (%d entries gone)" % (part, len(ids)))
        check("  %d entr" % len(ids) in out.replace(",", ""), "it says how many", out)
        same(dry.replace("Would delete", "Deleted").splitlines(), out.splitlines()[:-1], "the dry run said the same")
        check(sound(pruned), "it is sound")
        same(unused_chunks(pruned), set(), "no chunk of lines is left that nothing refers to")
        same(sql(pruned, "PRAGMA freelist_count"), [(0,)], "no page is left free")
        check(part < 35 or os.path.getsize(pruned) < os.path.getsize(db), "the file is smaller")
        code, out, err = ingest(pruned, log)
        check(code == 0 and " not opened" in out, "its log is not opened again", out + err)
        code, out, err = ingest(pruned, "--recheck", log)
        check(code == 0 and out.startswith("0 lines"), "nor anything read of it", out + err)
    check(split > 20, "traces were cut by these times (%d old entries stayed)" % split)


def test_2_renamed_and_compressed(d):
    db, log = make(d)
    pruned = copy(db, d + "/again.db")
    run("prune", "-q", "-d", pruned, "--older-than", "2026-04-01")
    same(sql(pruned, "SELECT count(*) FROM entry"), [(0,)], "everything can go")
    same(sql(pruned, "SELECT (SELECT count(*) FROM delivery) + (SELECT count(*) FROM reject) + (SELECT count(*) FROM note)"
                     " + (SELECT count(*) FROM link) + (SELECT count(*) FROM line_chunk)"), [(0,)], "with all that hung on it")
    same(sql(pruned, "SELECT count(*) FROM session WHERE opened IS NOT NULL"), [(0,)], "no connection refers to it")
    with open(log, "rb") as f, gzip.open(d + "/old.log.1.gz", "wb") as to:
        to.write(f.read())
    _, out, err = ingest(pruned, d + "/old.log.1.gz")
    check(out.startswith("0 lines"), "the log under another name, compressed, does not come back", out + err)
    with open(log) as f, open(d + "/grown.log", "w") as to:
        to.write(f.read() + "2026-03-20T10:00:00Z mx1 postfix/cleanup[9]: 4FABCDEF01: message-id=<new@app.example.net>\n")
    _, out, err = ingest(pruned, d + "/grown.log")
    check(out.startswith("1 lines"), "of one that grew only what is new", out + err)
    same(sql(pruned, "SELECT queue_id FROM entry"), [("4FABCDEF01",)], "and it is there")


def open_log(now, days, qid):
    t = datetime.datetime.fromtimestamp(now - days * 86400, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return "".join("%s mx1 postfix/%s\n" % (t, b.replace("QID", qid)) for b in (
        "smtpd[9]: QID: client=c1.example.net[192.0.2.9]", "cleanup[9]: QID: message-id=<QID@app.example.net>",
        "qmgr[9]: QID: from=<a@example.net>, size=900, nrcpt=1 (queue active)"))


def test_3_still_open(d):
    now = int(time.time())
    path, db = d + "/open.log", d + "/open.db"
    with open(path, "w") as f:
        for days in (200, 170, 20, 3):
            f.write(open_log(now, days, "4F%08d" % days))
            f.write(open_log(now, days, "4E%08d" % days))
            f.write(open_log(now, days, "")[:20] + " mx1 postfix/qmgr[9]: 4E%08d: removed\n" % days)
    ingest(db, "-q", path)
    code, out, err = run("prune", "-d", db, "--older-than", "10d")
    check(code == 0 and "still open: 2 entries" in out, "it says what is kept as open", out + err)
    same([q for q, in sql(db, "SELECT queue_id FROM entry ORDER BY first_at, queue_id")],
         ["4F00000170", "4F00000020", "4E00000003", "4F00000003"], "open entries stay, up to half a year of silence")


def test_4_no_auto_vacuum(d):
    """a database made before"""
    db, _ = make(d)
    old = copy(db, d + "/plain.db")
    c = sqlite3.connect(old)
    c.execute("PRAGMA auto_vacuum = 0")
    c.execute("PRAGMA journal_mode = DELETE")
    c.execute("VACUUM")
    c.execute("PRAGMA journal_mode = WAL")
    c.close()
    same(sql(old, "PRAGMA auto_vacuum"), [(0,)], "a database that cannot give pages back")
    size = os.path.getsize(old)
    code, _, err = run("prune", "-d", old, "--older-than", "2026-03-10T16:00:00Z")
    check(code == 0 and os.path.getsize(old) < size and sound(old), "is written anew", err)
    same(sql(old, "PRAGMA auto_vacuum"), [(2,)], "and can from then on")


def test_5_changes_nothing(d):
    db, _ = make(d)
    digest = lambda: hashlib.sha256(open(db, "rb").read()).hexdigest()
    before = digest()
    code, out, err = run("prune", "-d", db, "--older-than", "2026-04-01", "--dry-run")
    check(code == 0 and "Would delete" in out and digest() == before, "a dry run changes nothing", out + err)
    for age in ("90", "0d", "-3d", "d", "9x", "2999-01-01", "yesterday", "14:00", "99999999999999999999d", "3000y", ""):
        code, out, err = run("prune", "-d", db, "--older-than", age)
        check(code == 2 and "--older-than is an age" in err and digest() == before, "%r is no age" % age, out + err)
    code, out, err = run("prune", "-d", d + "/missing.db", "--older-than", "90d")
    check(code == 2 and not os.path.exists(d + "/missing.db") and "missing.db" in err, "a missing database is not made", err)
    shutil.copy(__file__, d + "/text.db")
    code, out, err = run("prune", "-d", d + "/text.db", "--older-than", "90d")
    check(code == 2 and err.count("\n") == 1, "what is no database is refused", err)
    code, out, err = run("prune", "-d", db, "--older-than", "90d", "--batch", "0")
    check(code == 2 and "--batch is a number" in err, "no batch at all is refused", err)
    code, out, err = run("prune", "-d", db)
    check(code == 2 and "--older-than" in err, "what is old must be said", err)


def test_6_killed(d):
    db, _ = make(d)
    cut = "2026-03-10T18:00:00Z"
    us = int(datetime.datetime(2026, 3, 10, 18, tzinfo=datetime.timezone.utc).timestamp()) * 10**6
    whole = copy(db, d + "/undisturbed.db")
    if not os.path.exists(FAULT):
        print("# left out: no library that kills at a system call (make build/fault.so)")
        return
    san = dict(ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0:detect_leaks=0")
    fault = dict(LD_PRELOAD=FAULT, FAULT_PATH="d.db", FAULT_OPS="wstuo", **san)
    victim = copy(db, d + "/victim-d.db")
    run("prune", "-d", victim, "--older-than", cut, "--batch", "20", FAULT_AT="0", FAULT_COUNT=d + "/count", **fault)
    calls = int(open(d + "/count").read())
    run("prune", "-d", whole, "--older-than", cut)
    want, group, doomed = dump(whole, CONTENT), traces(db), gone(db, us)
    there = {i for i in group}
    bad, parts = [], 0
    for k in range(KILLS):
        copy(db, victim)
        at = 1 + calls * k // KILLS
        code, _, _ = run("prune", "-d", victim, "--older-than", cut, "--batch", "20", FAULT_AT=str(at),
                         FAULT_DO="torn" if k % 3 == 2 else "kill", **fault)
        left = {i for i, in sql(victim, "SELECT id FROM entry")}
        parts += 0 < len(doomed & left) < len(doomed)
        if code != -signal.SIGKILL and code != 0:
            bad.append((at, "exit code", code))
        if not sound(victim):
            bad.append((at, "not sound"))
        if not there - doomed <= left:
            bad.append((at, "lost what was to stay"))
        if any((i in left) != (k in left) for i in doomed for k in group[i]):
            bad.append((at, "half a trace"))
        code, _, err = run("prune", "-d", victim, "--older-than", cut)
        if code != 0 or dump(victim, CONTENT) != want or unused_chunks(victim):
            bad.append((at, "the next prune does not end as an undisturbed one", err))
    check(parts > KILLS // 4, "%d of them left a part of what was to go" % parts)
    check(not bad, "%d kills at %d system calls: whole traces, and the next one ends it" % (KILLS, calls), bad[:5])
    bad = []
    for k in range(KILLS // 2):
        copy(db, victim)
        at = 1 + calls * k // (KILLS // 2)
        code, _, err = run("prune", "-d", victim, "--older-than", cut, "--batch", "20", FAULT_AT=str(at), FAULT_DO="ENOSPC" if k % 2 else "EIO",
                           FAULT_STAY="1", **fault)
        left = {i for i, in sql(victim, "SELECT id FROM entry")}
        if code not in (0, 2) or (code == 2 and not err.startswith("qtrail: ")) or not sound(victim) or \
                any((i in left) != (k in left) for i in doomed for k in group[i]):
            bad.append((at, code, err))
    check(not bad, "%d failing calls: a sentence, and a sound database" % (KILLS // 2), bad[:5])


def test_7_readers(d):
    db, _ = make(d)
    read = copy(db, d + "/read.db")
    c = sqlite3.connect(read)
    c.execute("BEGIN")
    count = c.execute("SELECT count(*) FROM entry").fetchone()
    code, _, err = run("prune", "-d", read, "--older-than", "2026-04-01")
    check(code == 0, "a reader does not stop it", err)
    same(c.execute("SELECT count(*) FROM entry").fetchone(), count, "nor it the reader, who goes on with what was there")
    c.execute("COMMIT")
    same(c.execute("SELECT count(*) FROM entry").fetchone(), (0,), "until asking again")
    c.close()


def test_8_retention(d):
    now = int(time.time())
    conf, path, db = d + "/r.conf", d + "/r.log", d + "/r.db"
    open(conf, "w").write("retention: 30d\n")
    closed = lambda days, q: open_log(now, days, q) + open_log(now, days, "")[:20] + " mx1 postfix/qmgr[9]: %s: removed\n" % q
    open(path, "w").write(closed(40, "4F00000040") + closed(20, "4F00000020"))
    code, out, err = run("ingest", "--config", conf, "-d", db, path)
    check(code == 0 and "Deleted what is older" in out, "an ingest ends with a prune when the configuration says so", out + err)
    same(sql(db, "SELECT queue_id FROM entry"), [("4F00000020",)], "what is too old goes")
    code, out, err = run("ingest", "--config", conf, "-d", db, "--recheck", path)
    check(code == 0 and out.startswith("Deleted") and "\n0 lines" in out, "and does not come back", out + err)
    for word in ("90", "soon", "[90d]", "2999-01-01"):
        open(conf, "w").write("retention: %s\n" % word)
        code, _, err = run("ingest", "--config", conf, "-d", db, path)
        check(code == 2 and "r.conf:1:" in err, "retention: %s is refused" % word, err)
    open(conf, "w").write("retention: 30d\n")
    db, path = d + "/f.db", d + "/f.log"
    open(path, "w").write(closed(40, "4F00000040") + closed(20, "4F00000020"))
    p = subprocess.Popen([BIN, "ingest", "--follow", "--config", conf, "-d", db, path], stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE)
    try:
        wait(lambda: os.path.exists(db) and sql(db, "SELECT queue_id FROM entry") == [("4F00000020",)])
        same(sql(db, "SELECT queue_id FROM entry"), [("4F00000020",)], "a follower prunes, too")
        with open(path, "a") as f:
            f.write(open_log(now, 0, "4F00000000"))
            f.write(open_log(now, 39, "")[:20] + " mx1 postfix/smtp[9]: 4F00000040: to=<b@example.org>, relay=none, delay=9,"
                    " delays=9/0/0/0, dsn=4.4.1, status=deferred (no answer)\n")
        wait(lambda: sql(db, "SELECT count(*) FROM entry")[0][0] >= 3)
        same(sql(db, "SELECT queue_id FROM entry ORDER BY id"), [("4F00000020",), ("4F00000000",), ("4F00000040",)],
             "and reads on, also of what is gone")
        code, _, err = run("prune", "-d", db, "--older-than", "10d", "--wait", "0")
        check(code == 2 and "--follow" in err and "is writing to it" in err, "prune says who has the database", err)
    finally:
        p.terminate()
        err = p.communicate()[1].decode()
    same((p.returncode, err), (0, ""), "until it is told to stop")


def test_9_stopped(d):
    """by SIGTERM, in the middle of many entries"""
    db, log = make(d)
    many = copy(db, d + "/many.db")
    c = sqlite3.connect(many)
    c.execute("WITH RECURSIVE n(i) AS (SELECT 1000000 UNION ALL SELECT i + 1 FROM n WHERE i < 1060000)"
              " INSERT INTO entry (id, host, mta, queue_id, first_at, last_at, state, head_missing, year_inferred, host_assumed)"
              " SELECT i, 1, 'postfix', 'Q' || i, i, i, 'completed', 0, 0, 0 FROM n")
    c.execute("INSERT INTO delivery (entry, at, recipient, state, followable, ambiguous)"
              " SELECT id, first_at, 'bob' || id || '@example.org', 'relayed', 0, 0 FROM entry WHERE id >= 1000000")
    c.commit()
    c.close()
    count = sql(many, "SELECT count(*) FROM entry")[0][0]
    stopped = False
    for delay in (0.1, 0.2, 0.3, 0.5, 0.8, 1.5):
        p = subprocess.Popen([BIN, "prune", "-q", "-d", many, "--older-than", "2026-01-01", "--batch", "500"], stderr=subprocess.PIPE)
        time.sleep(delay)
        p.terminate()
        err = p.communicate()[1].decode()
        left = sql(many, "SELECT count(*) FROM entry")[0][0]
        stopped = p.returncode == 2 and "stopped by SIGTERM" in err
        if p.returncode == 0 or (stopped and left < count):
            break
    check(stopped and sound(many), "SIGTERM ends it between two transactions", "%s %s" % (p.returncode, err))
    code, _, err = run("prune", "-q", "-d", many, "--older-than", "2026-01-01")
    same((code, sql(many, "SELECT count(*) FROM entry WHERE id >= 1000000")), (0, [(0,)]), "and the next one goes on")


def wait(condition, seconds=10):
    end = time.time() + seconds
    while time.time() < end:
        try:
            if condition():
                return
        except sqlite3.OperationalError:
            pass
        time.sleep(0.05)


with tempfile.TemporaryDirectory() as scratch:
    only = sys.argv[4:]
    for name, test in sorted(globals().copy().items()):
        if name.startswith("test_") and (not only or name in only):
            test(scratch)
print("%d passed, %d failed" % (passed, failed))
sys.exit(failed > 0)
