#!/usr/bin/env python3
"""power.py QTRAIL FAULT_LIBRARY - a loss of power costs commits, but never the database.

Killed at any call, and then database, WAL or both are put back to what they were at their last sync. The same
command again gives the content of an undisturbed run. CRASH_POWER: how many losses (default 45).
"""
import os, sys

import kill
from common import main, sound

LOSSES = int(os.environ.get("CRASH_POWER", "45"))


def lose(db, what):
    """files of which nothing was ever synced were never there"""
    for tail in ("", "-wal", "-journal"):
        name = db + tail
        if tail in what and os.path.exists(name):
            if os.path.exists(name + ".synced"):
                os.replace(name + ".synced", name)
            else:
                os.remove(name)
        if os.path.exists(name + ".synced"):
            os.remove(name + ".synced")
    if os.path.exists(db + "-shm"):
        os.remove(db + "-shm")
    if not os.path.exists(db) and os.path.exists(db + "-wal"):
        os.remove(db + "-wal")


def test_power(t):
    for make in kill.SCENARIOS[:3]:
        s = kill.Scenario(t, make)
        n = LOSSES // 3
        for i in range(n):
            db, how = s.begin(), []
            if os.path.exists(db):  # what is there is on the disk
                for tail in ("", "-wal"):
                    if os.path.exists(db + tail):
                        with open(db + tail, "rb") as a, open(db + tail + ".synced", "wb") as b:
                            b.write(a.read())
            at = t.random.randint(1, s.calls)
            what = [("", "-wal", "-journal"), ("-wal", "-journal"), ("",)][i % 3]
            code, said = t.ingest(db, s.args, path="q.db", ops=kill.OPS, at=at, do="kill", synced=1)
            lose(db, what)
            how = ["power lost at call %d, unsynced parts of %s" % (at, what), code, said]
            again = t.ingest(db, s.args)
            if again != (0, ""):
                t.ok(False, s.name + ": it goes on after a loss of power", how, again)
                break
            if not s.compare(db, "after a loss of power", how):
                break
        else:
            t.ok(True, "a_loss_of_power_costs_commits_only: %s, %d times" % (s.name, n))


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
