#!/usr/bin/env python3
"""readers.py QTRAIL FAULT_LIBRARY - reading while an ingest writes, and two ingests at once.

Readers without a busy timeout are never refused while a database is added to, and never see a row without what
belongs to it. A second ingest waits or says who has the database; afterwards nothing is lost or doubled.
"""
import os, sqlite3, subprocess, sys, threading, time

import kill, makelog
from common import ALL, CONTENT, differences, dump, main, sound


class Reader(threading.Thread):
    """reads in a loop; keeps what went wrong"""

    def __init__(self, db, bin_):
        super().__init__()
        self.db, self.bin, self.stop, self.reads, self.traces, self.wrong = db, bin_, False, 0, 0, []
        self.counts = set()

    def look(self):
        c = sqlite3.connect("file:%s?mode=ro" % self.db, uri=True, timeout=0)
        try:
            c.execute("BEGIN")
            entries = c.execute("SELECT count(*), coalesce(sum(lines IS NULL), 0) FROM entry").fetchone()
            lost = c.execute("SELECT count(*) FROM delivery WHERE entry NOT IN (SELECT id FROM entry)").fetchone()[0]
            name = c.execute("SELECT queue_id FROM message ORDER BY id DESC LIMIT 1").fetchone()
            if entries[1] or lost:
                self.wrong.append("%s entries without lines, %d deliveries without an entry" % (entries, lost))
            self.counts.add(entries[0])
            return name
        finally:
            c.close()

    def run(self):
        while not self.stop:
            try:
                name = self.look()
                self.reads += 1
                if name and self.reads % 20 == 0:
                    r = subprocess.run([self.bin, "trace", "-d", self.db, name[0]], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                    self.traces += 1
                    if r.returncode != 0:
                        self.wrong.append("trace: %d %s" % (r.returncode, r.stderr.decode()))
            except sqlite3.Error as e:
                self.wrong.append("after %d reads: %s" % (self.reads, e))


def read_meanwhile(t, name, db, args, want_reads):
    """the command again and again on the same beginning until enough was read"""
    reader = Reader(db, t.qtrail)
    reader.start()
    code, said = t.ingest(db, args)
    reader.stop = True
    reader.join()
    t.ok((code, said) == (0, "") and not reader.wrong and reader.reads >= want_reads and len(reader.counts) > 1,
         "%s (%d reads, %d traces, %d states seen)" % (name, reader.reads, reader.traces, len(reader.counts)),
         code, said, reader.wrong[:3])


def test_readers_are_never_refused(t):
    d = t.fresh("readers")
    parts = kill.cut(makelog.text(makelog.log(21, 500)), 2)
    files = [kill.write("%s/mail.%d" % (d, i), p) for i, p in enumerate(parts)]
    db = d + "/q.db"
    t.ingest(db, files[:1])
    read_meanwhile(t, "readers_are_never_refused", db, ["--batch", "20"] + files[1:], 10)
    db = d + "/first-q.db"
    sqlite = sqlite3.connect(db)  # an empty database of qtrail: made, killed before the first commit
    sqlite.close()
    os.remove(db)
    empty = kill.write(d + "/none", ["Mar 10 00:00:00 mx1 sshd[1]: nothing of mail\n"])
    t.ingest(db, ["--year", "2026", empty])
    read_meanwhile(t, "readers_are_never_refused_by_a_first_load", db, ["--batch", "20"] + files, 10)


def test_a_reader_that_stays_does_not_stop_an_ingest(t):
    d = t.fresh("stay")
    parts = kill.cut(makelog.text(makelog.log(22, 60)), 2)
    files = [kill.write("%s/mail.%d" % (d, i), p) for i, p in enumerate(parts)]
    for first in (files[0], kill.write(d + "/none", ["Mar 10 00:00:00 mx1 sshd[1]: nothing of mail\n"])):
        db = t.fresh("stay-db") + "/q.db"
        t.ingest(db, ["--year", "2026", first])
        c = sqlite3.connect(db)
        c.execute("BEGIN")
        before = c.execute("SELECT count(*) FROM entry").fetchone()
        result = t.ingest(db, files)
        same = c.execute("SELECT count(*) FROM entry").fetchone() == before
        c.close()
        t.ok(result == (0, "") and same, "a_reader_that_stays_does_not_stop_an_ingest: %s" % os.path.basename(first), *result)


def test_a_reader_who_may_not_write(t):
    if os.geteuid() != 0:
        print("# not root: no other user to read as")
        return
    d = t.fresh("group")
    t.ingest(d + "/q.db", [kill.write(d + "/mail.log", makelog.text(makelog.log(24, 20)))])
    for name in os.listdir(d):
        os.chmod(d + "/" + name, 0o644)
    os.chmod(t.dir, 0o755)
    os.chmod(d, 0o755)
    pid = os.fork()
    if pid == 0:
        code = 2
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            c = sqlite3.connect("file:%s/q.db?mode=ro" % d, uri=True)
            code = 0 if c.execute("SELECT count(*) FROM entry").fetchone()[0] > 10 else 1
        except (sqlite3.Error, OSError) as e:
            print("# %s" % e, flush=True)
        os._exit(code)
    t.ok(os.waitpid(pid, 0)[1] == 0, "a_reader_who_may_not_write_the_directory")


def test_two_ingests_at_once(t):
    d = t.fresh("two")
    lines = makelog.text(makelog.log(23, 200))
    parts = kill.cut(lines, 2)
    files = [kill.write("%s/mail.%d" % (d, i), p) for i, p in enumerate(parts)]
    t.ingest(d + "/one.db", files)
    want = dump(d + "/one.db", CONTENT)
    refused = bad = 0
    for i in range(int(os.environ.get("CRASH_PAIRS", "12"))):
        db = t.fresh("two-db") + "/q.db"
        if i % 2:
            t.ingest(db, ["--year", "2026", kill.write(d + "/none", ["Mar 10 00:00:00 mx1 sshd[1]: nothing of mail\n"])])
        args = ["--batch", "50"] + files
        both = [subprocess.Popen([t.qtrail, "ingest", "-q", "-d", db] + args, env=t.env({}), stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)]
        time.sleep(t.random.random() * 0.15)
        both.append(subprocess.Popen(both[0].args, env=t.env({}), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        said = [(p.communicate()[1], p.returncode) for p in both]
        for text, code in said:
            one = len(text.splitlines()) == 1 and "q.db: " in text and "another" in text
            refused += code == 2
            if code != 0 and not (code == 2 and one):
                bad += 1
                t.ok(False, "a_second_ingest_waits_or_says_who_has_it", "pair %d" % i, said)
        if all(code != 0 for _, code in said):
            bad += 1
            t.ok(False, "one_of_two_ingests_gets_through", "pair %d" % i, said)
        t.ingest(db, args)
        got = dump(db, CONTENT)
        if got != want or not sound(db):
            bad += 1
            t.ok(False, "two_ingests_at_once_double_nothing", "pair %d" % i, said, *differences(want, got))
        names = {r[0] for r in sqlite3.connect(db).execute("SELECT name FROM sqlite_schema WHERE type = 'index'")}
        if "delivery_recipient" not in names or sqlite3.connect(db).execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            bad += 1
            t.ok(False, "two_ingests_at_once_leave_indexes_and_wal", "pair %d" % i, sorted(names))
        if bad > 2:
            break
    if not bad:
        t.ok(True, "two_ingests_at_once (%d of them refused)" % refused)


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
