#!/usr/bin/env python3
"""order.py QTRAIL FAULT_LIBRARY [DATA] - files and hosts in any order give the same content.

Logs of three hosts, each cut in pieces, are ingested oldest first, and then in random orders, in one run
or several. CRASH_ORDERS: how many orders (default 12); QTRAIL_DATA: real logs to do the same with.
"""
import os, sys

import kill, makelog
from common import CONTENT, Dump, differences, dump, main, sound

ORDERS = int(os.environ.get("CRASH_ORDERS", "12"))
DATA = os.environ.get("QTRAIL_DATA") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../shared/data")


def made_up(stamp):
    def files(d, n):
        rows = makelog.log(6, 70)
        out = []
        for host in ("mx1", "mx2", "mx3"):
            lines = makelog.text([r for r in rows if r[1] == host], stamp)
            out += [kill.write("%s/%s.%02d" % (d, host, i), part) for i, part in enumerate(kill.cut(lines, n))]
        return out
    return files


def lab(names):
    def files(d, n):
        out = []
        for name in names:
            with open(os.path.join(DATA, "lab-a", name), "rb") as f:
                lines = f.read().splitlines(True)
            for i, part in enumerate(kill.cut(lines, n)):
                path = "%s/%s.%02d" % (d, name, i)
                with open(path, "wb") as out_file:
                    out_file.write(b"".join(part))
                out.append(path)
        return out
    return files


class Unconnected(Dump):
    """Without what only a connection's lines tell, when they stand in another piece than the message's: TLS,
    user, and whether an ID without a message was given up (qtrail-ingest(1), ORDER OF FILES)."""

    def entries(self):
        for key, columns, lines in super().entries():
            columns = dict(columns, tls=None, user=None)
            if columns["state"] == "aborted":
                columns.update(state="open", state_at=None)
            yield key, columns, lines

    def deliveries(self):
        at = self.columns("delivery", "id", "entry").index("tls")
        for key, columns in super().deliveries():
            yield key, columns[:at] + columns[at + 1:]


OPTIONS = ["--year", "2026", "--host", "mx2", "--timezone", "UTC"]


def groups(t, files):
    """in one run or several"""
    while files:
        n = t.random.choice([1, 2, len(files)])
        yield files[:n]
        files = files[n:]


def shuffled(t, files, pieces):
    """hosts and files in any order; pieces False: the pieces of a log stay in theirs"""
    order = files[:]
    t.random.shuffle(order)
    if not pieces:
        left = {}
        for f in sorted(files, reverse=True):
            left.setdefault(f.rsplit(".", 1)[0], []).append(f)
        order = [left[f.rsplit(".", 1)[0]].pop() for f in order]
    return order


def orders(t, name, make, n_pieces, pieces, n):
    kind = Unconnected if pieces else Dump
    d = t.fresh("in")
    files = make(d, n_pieces)
    assert t.ingest(d + "/q.db", OPTIONS + files) == (0, "")
    want = dump(d + "/q.db", CONTENT, kind)
    bad = 0
    for i in range(n):
        db = t.fresh("run") + "/q.db"
        order = shuffled(t, files, pieces)
        if i == 0 and pieces:
            order = files[::-1]
        for some in groups(t, order):
            assert t.ingest(db, OPTIONS + some) == (0, "")
        got = dump(db, CONTENT, kind)
        if got != want and not bad:
            diff = differences(want, got, 400)
            t.ok(False, name, "CRASH_SEED=%d, %d orders, the %d. differs" % (t.seed, n, i + 1), *diff[:14])
            if os.environ.get("CRASH_KEEP"):
                open("/tmp/crash-want", "w").write("\n".join(want))
                open("/tmp/crash-got", "w").write("\n".join(got))
        bad += got != want
    if not bad:
        t.ok(True, "%s (%d orders)" % (name, n))
    else:
        print("#  %d of %d orders differ" % (bad, n))


def test_hosts_in_any_order(t):
    orders(t, "hosts_in_any_order", made_up(makelog.rfc3339), 5, False, ORDERS)
    orders(t, "hosts_in_any_order_classic_stamps", made_up(makelog.rfc3164), 5, False, ORDERS)


def test_pieces_in_any_order(t):
    orders(t, "pieces_in_any_order", made_up(makelog.rfc3339), 5, True, ORDERS)
    orders(t, "pieces_in_any_order_classic_stamps", made_up(makelog.rfc3164), 5, True, ORDERS)


def test_lab(t):
    if not os.path.isdir(os.path.join(DATA, "lab-a")):
        print("# no corpus data in %s: nothing to check" % DATA)
        return
    n = max(2, ORDERS // 4)
    for style, names in (("rfc3339", ["postfix-host.rfc3339.log", "sendmail.rfc3339.log", "exim-mainlog"]),
                         ("classic", ["postfix-host.log", "sendmail.log", "exim-mainlog"])):
        orders(t, "hosts_of_the_lab_in_any_order, %s stamps" % style, lab(names), 3, False, n)
        orders(t, "pieces_of_the_lab_in_any_order, %s stamps" % style, lab(names), 4, True, n)


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
