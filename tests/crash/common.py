"""common.py - what the tests here share: scratch directories, runs of qtrail, comparisons, the tally.

A test module defines functions test_*(t); main() runs them: MODULE QTRAIL FAULT_LIBRARY.
"""
import difflib, os, random, shutil, subprocess, sys, tempfile, time

from dump import Dump, dump

ALL = Dump.PARTS
CONTENT = [p for p in ALL if p not in ("sources", "runs")]  # does not tell how it was cut into files


class Test:
    def __init__(self, qtrail, fault):
        self.qtrail, self.fault = os.path.abspath(qtrail), os.path.abspath(fault)
        self.passed = self.failed = 0
        self.seed = int(os.environ.get("CRASH_SEED", "1"))
        self.random = random.Random(self.seed)
        self.dir = tempfile.mkdtemp(prefix="qtrail-crash-")

    def ok(self, good, name, *why):
        self.passed, self.failed = self.passed + bool(good), self.failed + (not good)
        print(("ok " if good else "not ok ") + name)
        if not good:
            for line in why:
                print("#  " + str(line)[:600])
        sys.stdout.flush()
        return good

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def fresh(self, name):
        """an empty directory"""
        shutil.rmtree(self.path(name), ignore_errors=True)
        os.makedirs(self.path(name))
        return self.path(name)

    def env(self, faults):
        env = dict(os.environ, TZ="UTC", LC_ALL="C")
        if faults:
            env.update({"FAULT_" + k.upper(): str(v) for k, v in faults.items()}, LD_PRELOAD=self.fault)
            # a sanitizer wants to come before other libraries, but does not need to here
            env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0:detect_leaks=0"
        return env

    def ingest(self, db, args, **faults):
        """exit code (negative: the signal) and what it said"""
        r = subprocess.run([self.qtrail, "ingest", "-q", "-d", db] + args, env=self.env(faults),
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return r.returncode, r.stderr.decode("utf-8", "replace")

    def count(self, db, args, ops):
        """how many calls of these kinds an undisturbed run makes"""
        code, said = self.ingest(db, args, path="q.db", ops=ops, at=0, count=self.path("count"))
        assert code == 0, said
        with open(self.path("count")) as f:
            return int(f.read())


def copy_db(db, to):
    for tail in ("", "-wal", "-journal"):
        if os.path.exists(db + tail):
            shutil.copy(db + tail, to + tail)


def sound(db):
    import sqlite3
    c = sqlite3.connect(db)
    try:
        return c.execute("PRAGMA integrity_check").fetchone()[0] == "ok" and not c.execute("PRAGMA foreign_key_check").fetchall()
    finally:
        c.close()


def differences(want, got, most=6):
    lines = [l for l in difflib.unified_diff(want, got, "undisturbed", "this one", lineterm="", n=0) if not l.startswith("@@")]
    return lines[:most + 2] + (["... %d differences" % (len(lines) - 2)] if len(lines) > most + 2 else [])




def main(module):
    t = Test(sys.argv[1], sys.argv[2])
    try:
        only = sys.argv[3:]
        for name in [n for n in dir(module) if n.startswith("test_")]:
            if not only or name in only:
                start = time.time()
                getattr(module, name)(t)
                print("# %s: %.1f s" % (name, time.time() - start))
    finally:
        shutil.rmtree(t.dir, ignore_errors=True)
    print("%d passed, %d failed" % (t.passed, t.failed))
    return t.failed != 0
