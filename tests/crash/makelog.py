#!/usr/bin/env python3
"""makelog.py - mail logs made up for these tests: small, the same every time, and full of what spans lines.

Sessions that tell TLS and user before any queue ID, messages over three hosts and two MTAs, retries
hours later, bounces, aborted transactions, queue IDs used again, split records, "message repeated".
log(seed, messages) gives records (time in us, host, ident, pid, body) in time order.
"""
import datetime, random

T0 = int(datetime.datetime(2026, 3, 10, 0, 0, tzinfo=datetime.timezone.utc).timestamp()) * 1000000
S = 1000000
IP = {"mx1": "192.0.2.1", "mx2": "192.0.2.2", "mx3": "192.0.2.3"}
TLS = "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)"


class Maker:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.rows = []
        self.n = 0
        self.busy = {}  # a process has one connection at a time

    def add(self, t, host, ident, pid, body):
        self.rows.append((t, len(self.rows), host, ident, pid, body))

    def pid(self, host, kind, t, until):
        for pid in range(100, 400):
            key = host, kind, pid
            if self.busy.get(key, 0) <= t:
                self.busy[key] = until + S
                return pid
        raise ValueError("too many connections at once")

    def queue_id(self, t):
        """24 inodes: IDs come again, hours later"""
        self.n += 1
        return "%05X%X" % (t // 3 % 0x100000, 0xA96600 + self.n % 24)

    def session(self, t, host):
        """one connection with one to three transactions"""
        r = self.r
        length = r.choice([2, 5, 90, 900]) * S
        pid = self.pid(host, "smtpd", t, t + length)
        client = r.choice(["client.example.net[198.51.100.7]", "unknown[203.0.113.9]", "mail.example.org[198.51.100.25]"])
        self.add(t, host, "postfix/smtpd", pid, "connect from " + client)
        if r.random() < 0.6:
            self.add(t + 1000, host, "postfix/smtpd", pid, "Anonymous TLS connection established from %s: %s" % (client, TLS))
        n = r.choice([1, 1, 2, 3])
        for i in range(n):
            at = t + 2000 + length * i // n
            kind = r.random()
            if kind < 0.12:
                self.reject(at, host, pid, client, "NOQUEUE")
            elif kind < 0.2:
                self.add(at, host, "postfix/smtpd", pid, "%s: client=%s" % (self.queue_id(at), client))
            else:
                self.message(at, host, pid, client)
        self.add(t + length, host, "postfix/smtpd", pid, "disconnect from %s ehlo=1 mail=%d quit=1 commands=%d" % (client, n, n + 2))

    def reject(self, t, host, pid, client, qid):
        self.add(t, host, "postfix/smtpd", pid, "%s: reject: RCPT from %s: 550 5.1.1 <no%d@example.test>: Recipient address "
                 "rejected: User unknown in local recipient table; from=<a@example.net> to=<no%d@example.test> proto=ESMTP "
                 "helo=<client.example.net>" % (qid, client, self.n, self.n))

    def message(self, t, host, pid, client):
        r, qid = self.r, self.queue_id(t)
        user = ", sasl_method=PLAIN, sasl_username=u%d" % (self.n % 7) if r.random() < 0.2 else ""
        mid = r.choice(["<m%d@app.example.net>" % self.n, "<2026.%s@%s.example.test>" % (qid, host)])
        self.add(t, host, "postfix/smtpd", pid, "%s: client=%s%s" % (qid, client, user))
        if r.random() < 0.1:
            self.reject(t + 500, host, pid, client, qid)
        self.queued(t + 1000, host, qid, "a%d@example.net" % (self.n % 40), mid)

    def queued(self, t, host, qid, sender, mid):
        r = self.r
        self.add(t, host, "postfix/cleanup", 50, "%s: message-id=%s" % (qid, mid))
        t += 1000
        nrcpt = r.choice([1, 1, 2, 3])
        size = r.randrange(500, 90000)
        self.add(t, host, "postfix/qmgr", 60, "%s: from=<%s>, size=%d, nrcpt=%d (queue active)" % (qid, sender, size, nrcpt))
        rcpts = ["r%d.%d@example.%s" % (self.n, i, r.choice(["org", "com"])) for i in range(nrcpt)]
        while r.random() < 0.25:  # deferred, for minutes or hours
            for to in rcpts:
                self.add(t + 2 * S, host, "postfix/smtp", 70, "%s: to=<%s>, relay=none, delay=%d, delays=1/0/0/0, dsn=4.4.1, "
                         "status=deferred (connect to mx.example.org[198.51.100.99]:25: Connection timed out)" % (qid, to, (t - T0) // S % 9999))
            t += r.choice([400, 4000, 20000]) * S
            self.add(t, host, "postfix/qmgr", 60, "%s: from=<%s>, size=%d, nrcpt=%d (queue active)" % (qid, sender, size, nrcpt))
        self.end(t + S, host, qid, sender, mid, rcpts, size)

    def end(self, t, host, qid, sender, mid, rcpts, size):
        kind = self.r.random()
        if kind < 0.15 and sender != "":
            self.bounce(t, host, qid, rcpts)
        elif kind < 0.5 and host == "mx1":
            self.relay(t, host, qid, rcpts, *self.mx2(t, sender, mid))
        elif kind < 0.8:
            self.relay(t, host, qid, rcpts, *self.mx3(t, sender, mid, rcpts, size))
        else:
            self.relay(t, host, qid, rcpts, "mx.example.org[198.51.100.99]:25", "2.0.0 Ok: queued as 4jY4Sn%05dz1c" % self.n)
        self.add(t + 2 * S, host, "postfix/qmgr", 60, qid + ": removed")

    def relay(self, t, host, qid, rcpts, relay, reply):
        pid = self.pid(host, "smtp", t, t + 2 * S)
        if self.r.random() < 0.5:
            self.add(t, host, "postfix/smtp", pid, "Untrusted TLS connection established to %s: %s" % (relay, TLS))
        for i, to in enumerate(rcpts):
            self.add(t + S + i, host, "postfix/smtp", pid, "%s: to=<%s>, relay=%s, delay=1.2, delays=0.1/0/1/0.1, dsn=2.0.0, "
                     "status=sent (250 %s)" % (qid, to, relay, reply))

    def mx2(self, t, sender, mid):
        """on the next host, whose log may come later or earlier"""
        qid = self.queue_id(t)
        pid = self.pid("mx2", "smtpd", t, t + 3 * S)
        client = "mx1.example.test[%s]" % IP["mx1"]
        self.add(t + 1000, "mx2", "postfix/smtpd", pid, "connect from " + client)
        self.add(t + 2000, "mx2", "postfix/smtpd", pid, "%s: client=%s" % (qid, client))
        self.queued(t + 900000, "mx2", qid, sender, mid)
        self.add(t + 3 * S, "mx2", "postfix/smtpd", pid, "disconnect from %s quit=1 commands=4" % client)
        return "mx2.example.test[%s]:25" % IP["mx2"], "2.0.0 Ok: queued as " + qid

    def mx3(self, t, sender, mid, rcpts, size):
        """Sendmail, splitting long records"""
        self.n += 1
        pid = 500 + self.n % 300
        qid = "62A%s%s" % ("0123456789ABCDEFGHIJKLMN"[t // (3600 * S) % 24], "aBcD%06d" % self.n)
        tail = "class=0, nrcpts=%d, msgid=%s, proto=ESMTP, daemon=MTA-v4, relay=mx1.example.test [%s]" % (len(rcpts), mid, IP["mx1"])
        if self.r.random() < 0.4:
            self.add(t + 1000, "mx3", "sm-mta", pid, "%s[1]: from=<%s>, size=%d, ..." % (qid, sender, size))
            self.add(t + 1100, "mx3", "sm-mta", pid, "%s[2]:  %s" % (qid, tail))
        else:
            self.add(t + 1000, "mx3", "sm-mta", pid, "%s: from=<%s>, size=%d, %s" % (qid, sender, size, tail))
        self.add(t + 2 * S, "mx3", "sm-mta", pid + 1, "%s: to=<%s>, delay=00:00:02, xdelay=00:00:00, mailer=local, pri=61546, "
                 "dsn=2.0.0, stat=Sent" % (qid, ">,<".join(rcpts)))
        return "mx3.example.test[%s]:25" % IP["mx3"], "2.0.0 %s Message accepted for delivery" % qid

    def bounce(self, t, host, qid, rcpts):
        child = self.queue_id(t)
        for to in rcpts:
            self.add(t, host, "postfix/smtp", 71, "%s: to=<%s>, relay=mx.example.org[198.51.100.99]:25, delay=3, delays=1/0/1/1, "
                     "dsn=5.1.1, status=bounced (host mx.example.org[198.51.100.99] said: 550 5.1.1 no such user (in reply to RCPT TO command))" % (qid, to))
        self.add(t + 1000, host, "postfix/cleanup", 50, "%s: message-id=<2026.%s@%s.example.test>" % (child, child, host))
        self.add(t + 2000, host, "postfix/bounce", 80, "%s: sender non-delivery notification: %s" % (qid, child))
        self.add(t + 3000, host, "postfix/qmgr", 60, "%s: from=<>, size=2500, nrcpt=1 (queue active)" % child)
        self.relay(t + 4000, host, child, ["a%d@example.net" % (self.n % 40)], "client.example.net[198.51.100.7]:25", "2.0.0 taken")
        self.add(t + 2 * S, host, "postfix/qmgr", 60, child + ": removed")

    def noise(self, t, host):
        kind = self.r.random()
        if kind < 0.5:
            self.add(t, host, "sshd", 9, "Accepted publickey for root")
        elif kind < 0.8:
            self.add(t, host, "postfix/smtpd", 99, "strange new words %d of a later version" % self.n)
        else:
            for i in range(2):
                self.add(t + i, host, "postfix/anvil", 98, "statistics: max cache size %d at Mar 10 00:00:00" % self.n)


def log(seed, sessions, days=1):
    m = Maker(seed)
    for _ in range(sessions):
        t = T0 + m.r.randrange(days * 86400 * S)
        m.session(t, "mx1")
        if m.r.random() < 0.2:
            m.noise(t + 7, m.r.choice(["mx1", "mx2", "mx3"]))
    return [(t, host, ident, pid, body) for t, _, host, ident, pid, body in sorted(m.rows)]


def rfc3339(t):
    return datetime.datetime.fromtimestamp(t // S, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") + ".%06d+00:00" % (t % S)


def rfc3164(t):
    d = datetime.datetime.fromtimestamp(t // S, datetime.timezone.utc)
    return d.strftime("%b ") + "%2d" % d.day + d.strftime(" %H:%M:%S")


def text(rows, stamp=rfc3339):
    return ["%s %s %s[%d]: %s\n" % (stamp(t), host, ident, pid, body) for t, host, ident, pid, body in rows]


if __name__ == "__main__":
    import sys
    sys.stdout.writelines(text(log(1, int(sys.argv[1]))))
