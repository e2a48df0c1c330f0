#!/usr/bin/env python3
"""rotation.py QTRAIL FAULT_LIBRARY - nightly runs over a rotated set equal one pass over the whole.

Ten simulated days of mail.log, rotated by renaming, by copytruncate and with dates in names, compressed at
once or a day later, with a partial last line, with two rotations between runs, nights left out and nights twice.
"""
import bz2, glob, gzip, lzma, os, shutil, subprocess, sys

import kill, makelog
from common import CONTENT, differences, dump, main, sound

DAYS = 10
HOUR = 3600 * makelog.S


class Server:
    """a machine that writes mail.log and rotates it"""

    def __init__(self, d, lines):
        self.d, self.lines, self.at, self.rest = d, lines, 0, ""
        self.log = d + "/mail.log"
        open(self.log, "w").close()

    def write(self, until, half=False):
        """lines up to a time; half: and a part of the next one"""
        n = self.at
        while n < len(self.lines) and self.lines[n][0] < until:
            n += 1
        text = self.rest + "".join(l for _, l in self.lines[self.at:n])
        self.at, self.rest = n, ""
        if half and n < len(self.lines):
            line = self.lines[n][1]
            text, self.rest, self.at = text + line[:len(line) // 2], line[len(line) // 2:], n + 1
        with open(self.log, "a") as f:
            f.write(text)

    def shift(self, delay):
        """mail.log.1 to .2 and so on; from `delay` on they are compressed"""
        packers = {1: lzma, 2: gzip, 3: bz2}
        for n in range(DAYS * 2, 0, -1):
            for old in glob.glob("%s/mail.log.%d" % (self.d, n)) + glob.glob("%s/mail.log.%d.*" % (self.d, n)):
                name = "%s/mail.log.%d" % (self.d, n + 1)
                if old.endswith(".%d" % n) and n + 1 >= delay:
                    self.pack(old, name, gzip)
                else:
                    os.rename(old, name + old[len("%s/mail.log.%d" % (self.d, n)):])

    def pack(self, old, new, how):
        tail = {gzip: ".gz", bz2: ".bz2", lzma: ".xz"}[how]
        with open(old, "rb") as f, how.open(new + tail, "wb") as out:
            shutil.copyfileobj(f, out)
        os.remove(old)

    def rotate_create(self, delay=2):
        self.shift(delay)
        os.rename(self.log, self.d + "/mail.log.1")
        open(self.log, "w").close()

    def rotate_copytruncate(self, delay=2):
        self.shift(delay)
        shutil.copy(self.log, self.d + "/mail.log.1")
        open(self.log, "w").close()

    def rotate_dated(self, day, how):
        name = "%s/mail.log-202603%02d" % (self.d, day + 10)
        os.rename(self.log, name)
        open(self.log, "w").close()
        for old in glob.glob(self.d + "/mail.log-*"):
            if old != name and "." not in os.path.basename(old)[9:]:
                self.pack(old, old, how)


def oldest_first(d):
    """as a cron line would name them"""
    def age(path):
        name = os.path.basename(path)
        if name == "mail.log":
            return (1, 0)
        if name.startswith("mail.log-"):
            return (0, int(name[9:17]))
        return (0, -int(name.split(".")[2]))
    return sorted((f for f in glob.glob(d + "/mail.log*") if os.path.getsize(f)), key=age)


def ten_days(t, name, stamp, rotate, nights, seed, kills=False):
    """rotate(server, day) at 06:25 of every day; nights(day): hours at which ingest runs"""
    rows = makelog.log(seed, 150, DAYS)
    lines = [(r[0], l) for r, l in zip(rows, makelog.text(rows, stamp))]
    d = t.fresh("rotation")
    server, db, runs = Server(d, lines), d + "/q.db", 0
    options = ["--year", "2026", "--batch", "400"]
    for day in range(DAYS + 1):
        midnight = makelog.T0 + day * 24 * HOUR
        todo = sorted([(h, "run") for h in nights(day)] + [(6.4, "rotate")])
        for hour, what in todo:
            server.write(midnight + int(hour * HOUR), half=what == "run" and day % 3 == 1)
            if what == "rotate":
                rotate(server, day)
                continue
            files = oldest_first(d)
            if kills:
                t.ingest(db, options + files, path="q.db", ops="wstuo", at=t.random.randint(1, 150), do="kill")
            said = t.ingest(db, options + files) if files else (0, "")
            if said != (0, ""):
                t.ok(False, name, "day %d" % day, *said)
                return
            runs += 1
    server.write(midnight + 365 * 24 * HOUR)
    t.ingest(db, options + oldest_first(d))
    whole = kill.write(d + "/whole", makelog.text(rows, stamp))
    t.ingest(d + "/whole.db", options + [whole])
    want, got = dump(d + "/whole.db", CONTENT), dump(db, CONTENT)
    twice = t.ingest(db, options + oldest_first(d)) == (0, "") and dump(db, CONTENT) == got
    t.ok(want == got and sound(db) and len(want) > 1000, "rotation_of_ten_days: %s (%d runs, %d lines)" % (name, runs + 1, len(rows)),
         "CRASH_SEED=%d" % t.seed, *differences(want, got))
    t.ok(twice, "and_once_more_adds_nothing: " + name)


def every_night(day):
    return [4.5]


def now_and_then(day):
    """twice, not at all, before and after the rotation"""
    return [[4.5], [], [3, 6.5], [], [6.39, 6.41, 23.9]][day % 5]


def mixed(server, day):
    [server.rotate_create, server.rotate_copytruncate][day % 2](1 + day % 3)


def test_rotation_of_ten_days(t):
    ten_days(t, "renamed, compressed a day later", makelog.rfc3339, lambda s, d: s.rotate_create(), every_night, 11)
    ten_days(t, "copytruncate", makelog.rfc3339, lambda s, d: s.rotate_copytruncate(), every_night, 12)
    ten_days(t, "dates in names", makelog.rfc3339, lambda s, d: s.rotate_dated(d, [gzip, bz2, lzma][d % 3]), every_night, 13)
    ten_days(t, "all kinds, nights left out, partial lines", makelog.rfc3339, mixed, now_and_then, 14)
    ten_days(t, "classic stamps", makelog.rfc3164, mixed, now_and_then, 15)
    ten_days(t, "every run killed once", makelog.rfc3339, mixed, now_and_then, 16, True)


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
