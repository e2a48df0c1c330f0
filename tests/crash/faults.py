#!/usr/bin/env python3
"""faults.py QTRAIL FAULT_LIBRARY - a full disk or a failing one: a sentence, exit code 2, nothing half done.

The n-th write, sync, truncation, removal, opening or reading of a database file fails with ENOSPC or EIO, once
or from then on; afterwards the same command gives the content of an undisturbed run. CRASH_FAULTS: how many
(default 60). As root also a file system that is really full.
"""
import os, subprocess, sys

import kill, makelog
from common import copy_db, main, sound

FAULTS = int(os.environ.get("CRASH_FAULTS", "60"))
WRITES, ALL_OPS = "wto", "wstuor"


def complaint(code, said):
    """one sentence that names the database, or nothing wrong at all"""
    lines = said.splitlines()
    if code == 0:
        return None if not lines else "it succeeded, but said: " + said
    if code != 2:
        return "exit code %d: %s" % (code, said)
    if len(lines) != 1 or not lines[0].startswith("qtrail: ") or "q.db" not in lines[0]:
        return "not one sentence about the database: " + repr(said)
    return None


def fault(t, s, error, ops, at, stay):
    """one run that fails, one that does not"""
    db, how = s.begin(), "%s at %s call %d%s" % (error, ops, at, " and after" if stay else "")
    faults = dict(path="q.db", ops=ops, at=at, do=error)
    if stay:
        faults["stay"] = 1
    code, said = t.ingest(db, s.args, **faults)
    wrong = complaint(code, said)
    if wrong:
        t.ok(False, s.name + ": a fault is told in one sentence", how, wrong)
        return None
    again = t.ingest(db, s.args)
    if again != (0, ""):
        t.ok(False, s.name + ": it goes on when the fault is gone", how, said, again)
        return None
    return code if s.compare(db, "after a fault", [how, said]) else None


def test_faults(t):
    for make in kill.SCENARIOS[:3]:
        s = kill.Scenario(t, make)
        calls = {ops: t.count(s.begin(), s.args, ops) for ops in (WRITES, ALL_OPS)}
        told = 0
        n = FAULTS // 3
        for i in range(n):
            error = ("ENOSPC", "EIO")[i % 2]
            ops = WRITES if error == "ENOSPC" else ALL_OPS
            # the first calls (opening, migration) each, then any
            at = i // 4 + 1 if i < n // 3 else t.random.randint(1, calls[ops])
            code = fault(t, s, error, ops, at, i // 2 % 2 == 0)
            if code is None:
                break
            told += code == 2
        else:
            t.ok(told > n // 4, "a_fault_is_told_and_nothing_is_half_done: %s, %d faults, %d of them fatal" % (s.name, n, told), told)


def test_full_file_system(t):
    if os.geteuid() != 0:
        print("# not root: no small file system, the full disk is not tested")
        return
    small = t.fresh("small")
    s = kill.Scenario(t, kill.first_load)
    for size in (200, 330, 460, 560):
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%dk" % size, "none", small], stderr=subprocess.DEVNULL).returncode:
            print("# no tmpfs here: the full disk is not tested")
            return
        try:
            db = small + "/q.db"
            code, said = t.ingest(db, s.args)
            good = code == 2 and complaint(code, said) is None and "free some space" in said
            t.ok(good and (not os.path.exists(db) or sound(db)), "a_full_file_system_of_%d_kB_is_told" % size, code, said)
            subprocess.run(["mount", "-o", "remount,size=64m", small], check=True)
            t.ok(t.ingest(db, s.args) == (0, "") and s.compare(db, "after room was made", []), "and_the_rest_is_taken_when_there_is_room")
        finally:
            subprocess.run(["umount", small])


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
