#!/usr/bin/env python3
"""prefix.py QTRAIL FAULT_LIBRARY - any line may be the last one of a run, or of a file.

A short log of all that lasts longer than a line (sessions, records in parts, copies, repetitions, New Year, a
hold, mail thrown away before it had an ID) is read up to its n-th line, and from there in a later run: as it grew, or rotated there.
"""
import os, sys

import kill
from common import CONTENT, differences, dump, main

LOG = r"""
Dec 31 23:58:01 mx1 postfix/smtpd[101]: connect from client.example.net[198.51.100.7]
Dec 31 23:58:01 mx1 postfix/smtpd[101]: Anonymous TLS connection established from client.example.net[198.51.100.7]: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)
Dec 31 23:58:02 mx1 postfix/smtpd[101]: 4F5C640001: client=client.example.net[198.51.100.7]
Dec 31 23:58:02 mx1 postfix/cleanup[102]: 4F5C640001: message-id=<m1@app.example.net>
Dec 31 23:58:03 mx3 sm-mta[501]: 62AAaBcD000001[1]: from=<a@example.net>, size=14215, ...
Dec 31 23:58:03 mx1 postfix/qmgr[103]: 4F5C640001: from=<a@example.net>, size=500, nrcpt=1 (queue active)
Dec 31 23:58:03 mx3 sm-mta[501]: 62AAaBcD000001[2]:  class=0, nrcpts=1, msgid=<m1@app.example.net>, ...
Dec 31 23:58:03 mx3 sm-mta[501]: 62AAaBcD000001[3]:  proto=ESMTP, daemon=MTA-v4, relay=mx1.example.test [192.0.2.1]
Dec 31 23:58:04 mx3 sm-mta[502]: 62AAaBcD000001: to=<b@example.org>, delay=00:00:01, xdelay=00:00:00, mailer=local, pri=61546, dsn=2.0.0, stat=Sent
Dec 31 23:58:05 mx1 postfix/smtp[104]: Untrusted TLS connection established to mx3.example.test[192.0.2.3]:25: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)
Dec 31 23:58:05 mx1 postfix/smtp[104]: 4F5C640001: to=<b@example.org>, relay=mx3.example.test[192.0.2.3]:25, delay=3, delays=0/0/2/1, dsn=2.0.0, status=sent (250 2.0.0 62AAaBcD000001 Message accepted for delivery)
Dec 31 23:58:05 mx1 postfix/qmgr[103]: 4F5C640001: removed
Dec 31 23:58:06 mx1 postfix/smtpd[101]: 4F5C640002: client=client.example.net[198.51.100.7]
Dec 31 23:58:07 mx1 postfix/smtpd[101]: 4F5C640003: client=client.example.net[198.51.100.7]
Dec 31 23:58:07 mx1 postfix/cleanup[102]: 4F5C640003: message-id=<m3@app.example.net>
Dec 31 23:58:08 mx1 postfix/cleanup[102]: 4F5C640003: hold: header Subject: x from client.example.net[198.51.100.7]; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<client.example.net>
Dec 31 23:58:09 mx1 postfix/smtpd[101]: disconnect from client.example.net[198.51.100.7] ehlo=1 quit=1 commands=2
Dec 31 23:58:10 mx1 postfix/smtpd[101]: connect from client.example.net[198.51.100.7]
Dec 31 23:58:11 mx1 postfix/smtpd[101]: NOQUEUE: discard: RCPT from client.example.net[198.51.100.7]: <b@example.org>: Recipient address triggers DISCARD action; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<client.example.net>
Dec 31 23:58:11 mx1 postfix/smtpd[101]: 4F5C640004: client=client.example.net[198.51.100.7]
Dec 31 23:58:12 mx1 postfix/cleanup[102]: 4F5C640004: message-id=<m4@app.example.net>
Dec 31 23:58:13 mx1 postfix/smtpd[101]: NOQUEUE: discard: RCPT from client.example.net[198.51.100.7]: <b@example.org>: Recipient address triggers DISCARD action; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<client.example.net>
Dec 31 23:58:13 mx1 postfix/smtpd[101]: 4F5C640005: client=client.example.net[198.51.100.7]
Dec 31 23:58:14 mx1 postfix/cleanup[102]: 4F5C640005: message-id=<m5@app.example.net>
Dec 31 23:58:15 mx1 postfix/smtpd[101]: disconnect from client.example.net[198.51.100.7] ehlo=1 mail=3 rcpt=3 rset=1 data=2 quit=1 commands=11
Dec 31 23:58:15 mx1 postfix/qmgr[103]: 4F5C640005: from=<a@example.net>, size=500, nrcpt=1 (queue active)
Dec 31 23:58:20 mx2 exim[77]: H=(spam) [198.51.100.50] F=<s@example.net> rejected RCPT <x@example.org>: Unrouteable address
Dec 31 23:58:20 mx2 exim[77]: H=(spam) [198.51.100.50] F=<s@example.net> rejected RCPT <x@example.org>: Unrouteable address
Dec 31 23:58:21 mx2 exim[78]: [1/2] 1xVSpV-00000P-1l <= a@example.net H=client.example.net [198.51.100.7] P=esmtps S=40291 
Dec 31 23:58:21 mx2 exim[78]: [2/2] id=m9@app.example.net
Dec 31 23:58:22 mx2 exim[79]: 1xVSpV-00000P-1l => b@example.org R=r T=t H=mx3.example.test [192.0.2.3] C="250 2.0.0 62AAaBcD000001 Message accepted for delivery"
Dec 31 23:58:22 mx2 exim[79]: 1xVSpV-00000P-1l Completed
Dec 31 23:59:59 mx1 postfix/postsuper[90]: 4F5C640003: released from hold
Jan  1 00:00:01 mx1 postfix/smtp[105]: 4F5C640003: to=<b@example.org>, relay=none, delay=99, delays=99/0/0/0, dsn=4.4.1, status=deferred (connect to mx.example.org[198.51.100.99]:25: Connection timed out)
Jan  1 00:00:02 mx1 last message repeated 2 times
Jan  1 00:00:03 mx1 postfix/smtp[105]: message repeated 3 times: [ 4F5C640003: to=<b@example.org>, relay=none, delay=100, delays=99/0/0/0, dsn=4.4.1, status=deferred (connect to mx.example.org[198.51.100.99]:25: Connection timed out)]
Dec 31 23:59:58 mx2 exim[80]: 1xVSpV-00000Q-2l <= a@example.net H=client.example.net [198.51.100.7] P=esmtps S=401 id=m10@app.example.net
Jan  1 00:00:04 mx1 postfix/smtp[105]: 4F5C640003: to=<b@example.org>, relay=mx.example.org[198.51.100.99]:25, delay=101, delays=100/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 taken)
Jan  1 00:00:04 mx1 postfix/qmgr[103]: 4F5C640003: removed
""".lstrip().splitlines(True)


def read_in_two(t, how, options, second):
    d = t.fresh("whole")
    t.ingest(d + "/q.db", options + [kill.write(d + "/mail.log", LOG)])
    want, bad = dump(d + "/q.db", CONTENT), []
    for n in range(1, len(LOG)):
        d = t.fresh("prefix")
        db = d + "/q.db"
        first = t.ingest(db, options + [kill.write(d + "/mail.log", LOG[:n])])
        result = second(t, d, db, n)
        got = dump(db, CONTENT)
        if first != (0, "") or result != (0, "") or got != want:
            bad.append("after line %d: %s" % (n, LOG[n - 1].strip()[:90]))
            bad += [first[1], result[1]] + differences(want, got, 4)
    t.ok(not bad, "any_line_may_be_the_last: %s (%d lines)" % (how, len(LOG)), *bad[:60])


def test_it_grew(t):
    options = ["--year", "2024"]
    read_in_two(t, "it grew", options, lambda t, d, db, n: t.ingest(db, options + [kill.write(d + "/mail.log", LOG)]))


def test_it_was_rotated(t):
    def second(t, d, db, n):
        os.rename(d + "/mail.log", d + "/mail.log.1")
        return t.ingest(db, [d + "/mail.log.1", kill.write(d + "/mail.log", LOG[n:])])
    stamps = {"Dec 31": "2024-12-31T", "Jan  1": "2025-01-01T"}
    LOG[:] = [stamps[l[:6]] + l[7:15] + "Z" + l[15:] if not "repeated" in l else l for l in LOG]
    LOG[:] = [l for l in LOG if "last message" not in l and "message repeated" not in l]
    read_in_two(t, "it was rotated", [], second)


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
