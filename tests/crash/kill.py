#!/usr/bin/env python3
"""kill.py QTRAIL FAULT_LIBRARY - SIGKILL at any point of an ingest loses nothing and doubles nothing.

Kills at the n-th write, sync, truncation, removal or opening of a database file (before it, and halfway
through a write), and after random times; the command is given again until it gets through, and may be killed
again meanwhile. CRASH_KILLS says how many kills (default 240), CRASH_SEED which.
"""
import bz2, gzip, lzma, os, subprocess, sys, time

import makelog
from common import ALL, copy_db, differences, dump, main, sound

KILLS = int(os.environ.get("CRASH_KILLS", "240"))
BATCH = ["--batch", "150"]
OPS = "wstuo"


def write(path, lines):
    data = "".join(lines).encode()
    pack = {".gz": lambda d: gzip.compress(d, mtime=0), ".bz2": bz2.compress, ".xz": lzma.compress}
    with open(path, "wb") as f:
        f.write(pack.get(os.path.splitext(path)[1], bytes)(data))
    return path


def cut(lines, n):
    """in n pieces of equal length; a record in parts stays whole"""
    return [lines[len(lines) * i // n:len(lines) * (i + 1) // n] for i in range(n)]


# ---- scenarios: (what is in the database before, the command that is killed) ----

def first_load(d):
    return [], [write(d + "/mail.log", makelog.text(makelog.log(1, 60)))]


def later_load(d):
    a, b, c = cut(makelog.text(makelog.log(2, 90)), 3)
    return [write(d + "/mail.log.1", a)], [write(d + "/mail.log", b + c)]


def several_files(d):
    """one host a file, split records and retries in them; classic stamps"""
    rows = makelog.log(3, 60)
    return [], ["--year", "2026"] + [write("%s/%s.log" % (d, h), makelog.text([r for r in rows if r[1] == h], makelog.rfc3164))
                                     for h in ("mx3", "mx1", "mx2")]


def compressed_pieces(d):
    """a rotated set: lives, sessions and split records span the files"""
    names = ["mail.log.5.gz", "mail.log.4.bz2", "mail.log.3.xz", "mail.log.2.gz", "mail.log.1", "mail.log"]
    return [], [write(d + "/" + n, part) for n, part in zip(names, cut(makelog.text(makelog.log(4, 60)), 6))]


def pieces_of_records(d):
    """cut right within split records and between a session's opening and its message"""
    lines = makelog.text(makelog.log(5, 60))
    marks = [i for i, l in enumerate(lines) if "[2]: " in l or "TLS connection established from" in l]
    marks = [0] + marks[3::len(marks) // 8] + [len(lines)]
    parts = [lines[a:b] for a, b in zip(marks, marks[1:])]
    old, new = parts[:3], parts[3:]
    return ([write("%s/old.%d" % (d, i), p) for i, p in enumerate(old)],
            [write("%s/new.%d" % (d, i), p) for i, p in enumerate(new)])


SCENARIOS = [first_load, later_load, several_files, compressed_pieces, pieces_of_records]


class Scenario:
    def __init__(self, t, make):
        self.t, self.name = t, make.__name__
        d = t.fresh("in-" + self.name)
        before, self.args = make(d)
        self.args = BATCH + self.args
        self.start, whole = d + "/start-q.db", d + "/whole-q.db"
        if before:
            assert t.ingest(self.start, BATCH + before) == (0, "")
        copy_db(self.start, whole)
        began = time.time()
        self.calls = t.count(whole, self.args, OPS)
        self.took = time.time() - began
        self.whole = dump(whole, ALL)

    def begin(self):
        d = self.t.fresh("run")
        copy_db(self.start, d + "/q.db")
        return d + "/q.db"

    def compare(self, db, name, how):
        got = dump(db, ALL)
        if got == self.whole and sound(db):
            return True
        return self.t.ok(False, "%s: %s" % (self.name, name), "CRASH_SEED=%d %s" % (self.t.seed, how),
                         "sound" if sound(db) else "the database is damaged", *differences(self.whole, got))


def kill_at_calls(t, s, wanted):
    """killed again and again until it gets through; returns the kills made"""
    kills = 0
    while kills < wanted:
        db, how = s.begin(), []
        reach = t.random.choice([s.calls, s.calls // 2, s.calls // 5, 40])
        while True:
            at, do = t.random.randint(1, max(1, reach)), t.random.choice(["kill", "torn"])
            if len(how) >= 12:
                at = 0
            code, said = t.ingest(db, s.args, path="q.db", ops=OPS, at=at, do=do)
            if code != -9:
                break
            how.append("%s at %d" % (do, at))
        kills += len(how)
        if code != 0 or said:
            t.ok(False, s.name + ": it gets through", how, code, said)
            return kills
        if not s.compare(db, "killed at a call", how):
            return kills
    return kills


def kill_at_times(t, s, wanted):
    kills = 0
    while kills < wanted:
        db, how = s.begin(), []
        for _ in range(6):
            p = subprocess.Popen([t.qtrail, "ingest", "-q", "-d", db] + s.args, env=t.env({}), stderr=subprocess.DEVNULL)
            pause = t.random.random() * s.took * 1.1
            time.sleep(pause)
            p.kill()
            if p.wait() == -9:
                how.append(pause)
        kills += len(how)
        code, said = t.ingest(db, s.args)
        if code != 0 or said:
            t.ok(False, s.name + ": it gets through", how, code, said)
            return kills
        if not s.compare(db, "killed at a time", how):
            return kills
    return kills


def test_kills(t):
    total = 0
    for make in SCENARIOS:
        s = Scenario(t, make)
        failed = t.failed
        share = KILLS // len(SCENARIOS)
        calls = kill_at_calls(t, s, share * 3 // 4)
        times = kill_at_times(t, s, share - share * 3 // 4)
        total += calls + times
        if t.failed == failed:
            t.ok(True, "killed_and_run_again_is_as_undisturbed: %s, %d kills at calls, %d at random times" %
                 (s.name, calls, times))
    print("# %d kills" % total)


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
