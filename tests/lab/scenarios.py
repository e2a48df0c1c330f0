"""scenarios.py - what is sent, and what operators do meanwhile.

Each message is a dict in sent.jsonl: n, scenario, host, from, rcpts, message_id, replies (what the
server answered at each step), qid (the ID in its last reply, None for mail given to sendmail(1)),
forged (how many Received: headers it came with). Waits are bounded.
"""
import json, os, re, smtplib, socket, threading, time, traceback

CLIENT = "192.0.2.8"
SENDER = "sender@mx4.test"
LOCK = threading.Lock()
QID = re.compile(r"queued as (\S+)|id=([\w-]+)|^2\.0\.0 (\w{14,}) Message accepted")


class Lab:
    """Sends, and notes what was sent. Numbers of messages start at `base`, so that several can work at once."""

    def __init__(self, hosts, sink, file, base=0):
        self.hosts, self.sink, self.n, self.file = hosts, sink, base, file
        self.mtas = list(hosts)

    # ---- sending ----

    def text(self, scenario, head="", body="hello\n", message_id=None, subject=None, sender=SENDER, to="x@out.test"):
        self.n += 1
        mid = "<%05d.%s@client.lab.test>" % (self.n, scenario) if message_id is None else message_id
        lines = head + "X-Lab: %d\nFrom: %s\nTo: %s\nSubject: %s\n" % (self.n, sender or SENDER, to, subject or scenario)
        if mid:
            lines += "Message-ID: %s\n" % mid
        return mid, (lines + "Date: Mon, 23 Nov 2026 12:00:00 +0000\n\n" + body).replace("\n", "\r\n").encode("utf-8")

    def note(self, **what):
        with LOCK:
            self.file.write(json.dumps(what) + "\n")
            self.file.flush()
        return what

    def send(self, scenario, host, rcpts, sender=SENDER, port=25, mail_options=(), rcpt_options=(), source=CLIENT, tls=False, bdat=False,
             forged=0, helo="client.lab.test", finish="data", **text):
        mid, data = self.text(scenario, sender=sender, to=", ".join(rcpts) if len(rcpts) < 9 else "many@out.test", **text)
        replies = {"rcpt": {}}
        done = dict(n=self.n, scenario=scenario, host=host, **{"from": sender}, rcpts=list(rcpts), message_id=mid, replies=replies, qid=None, forged=forged, t=time.time())
        s = smtplib.SMTP(timeout=30, source_address=(source, 0), local_hostname=helo)
        try:
            replies["connect"] = self.word(s.connect(self.hosts[host].ip, port))
            s.ehlo()
            s._host = self.hosts[host].full      # connect() alone does not tell it, and TLS asks for a name
            if tls:
                s.starttls()
                s.ehlo()
            if any(ord(c) > 127 for c in sender + "".join(rcpts)):
                mail_options = list(mail_options) + ["SMTPUTF8", "BODY=8BITMIME"]
                s.command_encoding = "utf-8"
            replies["mail"] = self.word(s.docmd("MAIL", "FROM:<%s>%s" % (sender, "".join(" " + o for o in mail_options))))
            for r in rcpts:
                replies["rcpt"][r] = self.word(s.docmd("RCPT", "TO:<%s>%s" % (r, "".join(" " + o for o in rcpt_options))))
            if finish == "data" and any(v.startswith("2") for v in replies["rcpt"].values()):
                replies["data"] = self.word(self.bdat(s, data) if bdat else s.data(data))
                m = QID.search(replies["data"][4:]) if replies["data"].startswith("250") else None
                done["qid"] = m and next(g for g in m.groups() if g)
            elif finish == "cut":
                s.docmd("DATA")
                s.send(data[:200])
                s.sock.close()
                return self.note(**done)
            elif finish == "rset":
                s.rset()
            s.quit()
        except (smtplib.SMTPException, OSError) as e:
            replies["error"] = repr(e)[:200]
        return self.note(**done)

    @staticmethod
    def word(reply):
        return "%d %s" % (reply[0], reply[1].decode("utf-8", "replace"))

    @staticmethod
    def bdat(s, data):
        half = len(data) // 2
        for part, last in ((data[:half], ""), (data[half:], " LAST")):
            s.send(b"BDAT %d%s\r\n" % (len(part), last.encode()) + part)
            reply = s.getreply()
        return reply

    def local(self, scenario, host, rcpts, sender=None, args=(), user=None, **text):
        """sendmail(1) on the host itself"""
        mid, data = self.text(scenario, sender=sender, to=", ".join(rcpts), **text)
        if not any(a == "-t" for a in args):
            args = list(args) + ["--"] + list(rcpts) if self.hosts[host].kind == "postfix" else list(args) + list(rcpts)
        answer = self.hosts[host].run("sendmail", *(["-f", sender] if sender is not None else []), "-i", *args, input=data.replace(b"\r\n", b"\n"), check=False, user=user)
        return self.note(n=self.n, scenario=scenario, host=host, **{"from": sender}, rcpts=list(rcpts), message_id=mid, replies={"local": answer.strip()}, qid=None,
                         forged=0, t=time.time())

    # ---- waiting ----

    def settle(self, seconds):
        """Until the queues are empty but for what is held, or the time is up"""
        end = time.time() + seconds
        while time.time() < end:
            if not [q for h in self.hosts.values() for q, where in h.queue() if where not in ("hold", "quarantine")]:
                return True
            time.sleep(1)
        return False

    def until(self, seconds, test):
        end = time.time() + seconds
        while time.time() < end:
            if test():
                return True
            time.sleep(0.3)
        return False

    # ---- the scenarios ----

    def run(self):
        self.operators_first()
        each = [threading.Thread(target=Lab(self.hosts, self.sink, self.file, 1000 * (i + 1)).at_host, args=(host,)) for i, host in enumerate(self.mtas)]
        for t in each:
            t.start()
        for t in each:
            t.join()
        for part in (self.lies, self.special, self.sessions):
            self.tried(part)
        self.operators_then()
        if not self.settle(60):
            print("# the queues did not come to rest: %r" % {h.name: h.queue() for h in self.hosts.values() if h.queue()}, flush=True)

    def at_host(self, host):
        for part in (self.plain, self.fates, self.expansions, self.late_box, self.envelopes, self.refusals, self.submissions, self.rules):
            self.tried(part, host)

    @staticmethod
    def tried(part, *args):
        """A part that fails is told; the others are done all the same"""
        try:
            part(*args)
        except Exception:
            print("# %s %s:" % (part.__name__, " ".join(args)), traceback.format_exc(), flush=True)

    def plain(self, host):
        self.send("chain", host, ["alice@chain.test"])
        self.send("chain-tls", host, ["bob@chain.test"], tls=True)
        for other in self.mtas:
            self.send("relay", host, ["alice@%s.test" % other])
        self.send("bdat", host, ["bob@mx2.test", "bob@mx1.test"], bdat=host not in ("mx3", "mx6"))
        self.send("large", host, ["bob@mx4.test", "bob@mx3.test"], body="x" * 70 + "\n" + ("y" * 70 + "\n") * 1500)
        self.send("outside", host, ["ok-a@out.test", "ok-b@out.test", "bare-c@out.test"])

    def fates(self, host):
        self.send("fates", host, ["alice@%s.test" % host, "bob@mx2.test", "nosuch@mx2.test", "tmp-%s@out.test" % host, "perm-x@out.test", "alice@mx3.test", "nosuch@mx3.test"])
        self.send("bounce-last", host, ["nosuch@chain.test"])
        self.send("bounce-near", host, ["nosuch@mx4.test", "alice@mx4.test"])
        self.send("deferred", host, ["tmp-d%s@out.test" % host])
        self.send("data-deferred", host, ["datatmp-%s@out.test" % host])
        self.send("data-refused", host, ["dataperm-%s@out.test" % host, "ok-x@out.test"])
        self.send("hangups", host, ["hangup-%s@out.test" % host])
        self.send("bye", host, ["bye-%s@out.test" % host])
        self.send("long-reply", host, ["long-%s@out.test" % host])
        self.send("expires", host, ["never-%s@out.test" % host, "ok-e@out.test"])
        self.send("no-domain", host, ["x@nowhere.test", "x@dns.fail.test", "x@nullmx.test", "x@closed.test"])
        self.send("null-sender", host, ["alice@mx1.test"], sender="")
        self.send("null-bounce", host, ["nosuch@mx1.test", "perm-n@out.test"], sender="")
        self.send("double-bounce", host, ["perm-y@out.test"], sender="perm-nobody@out.test")

    def expansions(self, host):
        for who in ("team", "dave", "erin", "to-file", "to-null", "to-pipe", "bad-pipe", "temp-pipe", "loop1", "nobody", "hole", "wait", "alice+tag", "auto", "virt", "nope", "empty", "Postmaster"):
            self.send("local-" + who, host, ["%s@%s.test" % (who, host)])
        self.send("members", host, ["members@%s.test" % host])
        self.send("virtual", host, ["all@virtual.%s.test" % host, "one@virtual.%s.test" % host, "none@virtual.%s.test" % host])
        self.send("virtual-box", host, ["alice@box.%s.test" % host])
        self.send("twice", host, ["team@%s.test" % host, "alice@%s.test" % host, "bob@%s.test" % host])

    def late_box(self, host):
        """A member of an alias whose mailbox cannot be written to at first; Exim's log has another name for him then"""
        h = self.hosts[host]
        if h.kind != "exim":
            return
        box, logs = h.at("/var/mail/late"), [h.log, h.at("/var/log/exim4/mainlog")]
        os.mkdir(box)
        self.send("late-box", host, ["crew@%s.test" % host])
        self.until(8, lambda: any(b"== late@" in open(p, "rb").read() for p in logs if os.path.exists(p)))
        os.rmdir(box)

    def envelopes(self, host):
        notify = ["NOTIFY=SUCCESS,FAILURE,DELAY", "ORCPT=rfc822;first@client.lab.test"]
        self.send("dsn-chain", host, ["carol@chain.test"], mail_options=["RET=HDRS", "ENVID=lab%s" % host], rcpt_options=notify)
        self.send("dsn-local", host, ["carol@%s.test" % host], mail_options=["RET=FULL"], rcpt_options=notify)
        self.send("dsn-outside", host, ["ok-dsn@out.test", "perm-dsn@out.test"], rcpt_options=notify)
        self.send("dsn-alias", host, ["team@%s.test" % host], rcpt_options=notify)
        self.send("dsn-never", host, ["nosuch@mx2.test", "perm-never@out.test"], rcpt_options=["NOTIFY=NEVER"])
        self.send("utf8", host, ["ok-ü@out.test", "alice@mx4.test"], sender="sänder@mx4.test")
        self.send("utf8-local", host, ["grüße@%s.test" % host], sender="sender@mx4.test")
        for who in ('"a b"@out.test', '"x> status=sent (250 ok)"@out.test', '"back\\\\slash\\"q"@out.test', "per%cent@out.test", "bang!path@out.test", "eq=ual@out.test", "o'brien@out.test",
                    "to=<x>,stat=Sent@out.test", '"a, b"@out.test', '"x, relay=y [192.0.2.1], stat=Sent (ok)"@out.test', '"<= y@x H=z"@out.test', "UPPER@OUT.TEST", "x@[192.0.2.9]"):
            self.send("odd-rcpt", host, [who])
        for who in ('"a b"@out.test', '"x> (queue active)"@out.test', "prvs=1234=x@out.test", "SRS0=ab=cd=ef.test=x@out.test", '"a, size=1"@out.test', "bounce+alice=mx1.test@out.test"):
            self.send("odd-sender", host, ["alice@%s.test" % host, "perm-o@out.test"], sender=who)
        self.send("no-mid", host, ["bob@chain.test"], message_id="")
        self.send("odd-mid", host, ["bob@chain.test"], message_id="no-brackets@client.lab.test")
        self.send("odd-mid", host, ["bob@chain.test"], message_id="<two words %s@client.lab.test>" % host)
        self.send("odd-mid", host, ["bob@chain.test"], message_id="<a@b> <c@d>")
        self.send("long-mid", host, ["bob@chain.test"], message_id="<%s.%s@client.lab.test>" % (host, "l" * 300))
        self.send("utf8-mid", host, ["bob@chain.test"], message_id="<%s.ü@client.lab.test>" % host)
        self.send("resent", host, ["bob@chain.test"], head="Resent-Message-ID: <resent.%s@client.lab.test>\nResent-From: sender@mx4.test\n" % host)

    def refusals(self, host):
        d = "@%s.test" % host
        self.send("relay-denied", host, ["ok-x@out.test"], source="192.0.2.66", helo="spam.lab.test")
        for who in ("nosuch", "no-x", "later-x", "drop-x"):
            self.send("refused", host, [who + d, "alice" + d])
        self.send("refused-all", host, ["no-x" + d, "nosuch" + d])
        self.send("refused-sender", host, ["alice" + d], sender="bad@out.test")
        self.send("sender-domain", host, ["alice" + d], sender="x@nowhere.test")
        self.send("sender-fail", host, ["alice" + d], sender="x@dns.fail.test")
        self.send("too-large", host, ["alice" + d], mail_options=["SIZE=999999999"])
        self.send("too-large-body", host, ["alice" + d], body="y" * 70 + "\n" + ("z" * 70 + "\n") * 8000)
        self.send("bad-helo", host, ["alice" + d], source="192.0.2.66", helo="-bad-")
        self.send("aborted", host, ["alice" + d], finish="rset")
        self.send("aborted", host, ["alice" + d], finish="quit")
        self.send("aborted", host, ["alice" + d], finish="cut")
        self.send("many-rcpts", host, ["m%02d@out.test" % i for i in range(65)])
        for lines in (["EHLO x", "VRFY alice", "EXPN team", "MAIL FROM:<a@out.test> BOGUS=1", "RCPT TO:<x@out.test>", "DATA", "NONSENSE", "MAIL FROM:a@@b", "QUIT"],
                      ["HELO x y z", "MAIL FROM:<sender@mx4.test>", "RCPT TO:<a b@out.test>", "RCPT TO:<%s>" % ("x" * 600 + "@out.test"), "RCPT TO:<alice>", "ETRN out.test"],
                      ["EHLO x", "AUTH PLAIN AGEAYg==", "AUTH LOGIN", "STARTTLS", "garbage"], [], ["GET / HTTP/1.0", "", "", ""],
                      ["EHLO \x1b[31mx", "MAIL FROM:<\x07@out.test>", "QUIT"], ["EHLO x"] + ["BAD%d" % i for i in range(25)]):
            self.raw(host, lines)

    def raw(self, host, lines, port=25, source="192.0.2.66", at_once=False):
        try:
            with socket.create_connection((self.hosts[host].ip, port), 10, (source, 0)) as s:
                s.settimeout(4)
                if at_once:
                    s.sendall("".join(l + "\r\n" for l in lines).encode("latin-1"))
                    time.sleep(1.5)
                    return s.recv(4096)
                s.recv(4096)
                for line in lines:
                    s.sendall(line.encode("latin-1") + b"\r\n")
                    s.recv(4096)
        except OSError:
            pass

    def submissions(self, host):
        self.local("local", host, ["alice@%s.test" % host, "bob@chain.test"])
        self.local("local-user", host, ["alice@mx1.test", "alice"], user="bob")
        self.local("local-f", host, ["alice@mx4.test", "perm-l@out.test"], sender="carol@mx4.test")
        self.local("local-t", host, ["alice@mx3.test", "tmp-t%s@out.test" % host], args=["-t"])
        self.local("local-null", host, ["nosuch@%s.test" % host, "alice@mx2.test"], sender="<>" if self.hosts[host].kind != "postfix" else "")
        self.local("local-bm", host, ["alice", "bob"], args=["-bm"])
        self.local("local-dsn", host, ["carol@mx4.test"], sender=SENDER, args=["-N", "success"] if self.hosts[host].kind != "exim" else [])
        self.local("local-nobody", host, ["nosuch-local-user", "alice"])
        if self.hosts[host].kind != "exim":
            self.hosts[host].run("sendmail", "-bv", "alice@%s.test" % host, "nosuch@out.test", check=False)

    def rules(self, host):
        d = "@%s.test" % host
        for subject in ("reject-me", "discard-me", "warn-me", "hold-me", "prepend-me", "redirect-me", "bcc-me", "replace-me", "queue-me", "fake-me", "route-me", "filter-drops", "filter-refuses"):
            self.send("subject-" + subject, host, ["alice" + d, "bob@mx2.test"], subject=subject)
        for who in ("hold-x", "toss-x", "warn-x", "redir-x", "filt-x"):
            self.send("rcpt-" + who, host, [who + d, "alice" + d])
        if self.hosts[host].kind == "postfix":
            self.send("transports", host, ["a@pipe.test", "a@error.test", "a@discard.test", "alice" + d])
            self.send("retry", host, ["a@retry.test"])

    def lies(self):
        """Headers and replies that name IDs which are not theirs"""
        first = self.send("victim", "mx1", ["alice@mx2.test"])
        fakes = ["Received: from a by mx3.lab.test (8.17.1/8.17.1) with ESMTP id %s; Mon, 23 Nov 2026 11:00:00 GMT\n" % "6ANB0001000001",
                 "Received: from b by mx1.lab.test (Postfix) with ESMTP id %s; Mon, 23 Nov 2026 11:00:00 +0000\n" % (first["qid"] or "ABCDEF12345")]
        for host in self.mtas:
            self.send("forged-received", host, ["alice@chain.test"], head="".join(fakes), forged=2)
            self.sink.lie = first["qid"] or "ABCDEF12345"
            self.send("forged-reply", host, ["forge-%s@out.test" % host, "weird-%s@out.test" % host])
            self.send("same-mid", host, ["alice@mx4.test"], message_id=first["message_id"])

    def special(self):
        """mx7: postscreen, the filter before the queue, verification, submission"""
        self.send("proxy", "mx7", ["alice@mx7.test", "bob@mx2.test"], port=10026)
        self.send("proxy", "mx7", ["alice@mx7.test"], port=10026, subject="filter-refuses")
        self.send("submission", "mx7", ["alice@mx1.test"], port=587)
        self.send("postscreen", "mx7", ["alice@mx7.test"], port=2525)
        self.raw("mx7", ["EHLO early", "MAIL FROM:<a@out.test>", "QUIT"], port=2525, at_once=True)
        self.raw("mx7", ["EHLO x", "MAIL FROM:<a@out.test>", "RCPT TO:<alice@mx7.test>", "QUIT"], port=2525)
        self.raw("mx7", [], port=2525)
        self.send("verify", "mx7", ["alice@mx4.test", "nosuch@mx4.test", "perm-v@out.test", "tmp-v@out.test"], port=2526)

    def sessions(self):
        """Several messages on one connection"""
        for host in self.mtas:
            with smtplib.SMTP(self.hosts[host].ip, 25, "client.lab.test", 30, (CLIENT, 0)) as s:
                for i in range(4):
                    mid, data = self.text("session", to="alice@mx4.test")
                    s.ehlo_or_helo_if_needed()
                    s.mail(SENDER)
                    s.rcpt("alice@mx%d.test" % (1 + i % 4))
                    try:
                        reply = self.word(s.data(data))
                    except smtplib.SMTPDataError as e:
                        reply = self.word(e.args)
                    m = QID.search(reply[4:])
                    self.note(n=self.n, scenario="session", host=host, **{"from": SENDER}, rcpts=["alice@mx%d.test" % (1 + i % 4)], message_id=mid, replies={"data": reply, "rcpt": {}},
                              qid=m and next(g for g in m.groups() if g), forged=0, t=time.time())

    # ---- operators ----

    def operators_first(self):
        """Mail that waits at the gate while the others are sent"""
        self.waiting = {}
        for host in self.mtas:
            for what in ("requeue", "hold-release", "delete", "expire", "kept", "force", "notify"):
                self.waiting[(host, what)] = self.send("op-" + what, host, ["gate-%s-%s@gate.test" % (host, what), "ok-%s@out.test" % what])

    def id_of(self, host, what):
        """The ID it waits under: behind a filter not the first one"""
        h, m = self.hosts[host], self.waiting[(host, what)]
        if h.kind != "postfix":
            return m["qid"]
        for line in h.run("postqueue", "-j", check=False).splitlines():
            e = json.loads(line) if line.startswith("{") else {}
            if any(r["address"].startswith("gate-%s-%s@" % (host, what)) for r in e.get("recipients", [])):
                return e["queue_id"]
        return None

    def operate(self, host, verb, what):
        q = self.id_of(host, what)
        if q is None:
            return
        h = self.hosts[host]
        if h.kind == "postfix":
            verbs = {"requeue": "-r", "hold": "-h", "release": "-H", "delete": "-d", "expire": "-e", "force": "-f"}
            out = h.run("postsuper", verbs[verb], q, check=False) if verb in verbs else ""
        elif h.kind == "exim":
            verbs = {"hold": ["-Mf"], "release": ["-Mt"], "delete": ["-Mrm"], "expire": ["-Mg"], "force": ["-Mmad"], "requeue": ["-M"], "notify": ["-Mar"]}
            out = h.run("exim4", *verbs[verb], q, *(["bob@mx4.test"] if verb == "notify" else []), check=False) if verb in verbs else ""
        else:
            if verb not in ("hold", "release"):
                return
            out = h.run(h.BIN, "-qQ" if verb == "release" else "-q", *(["-Q"] if verb == "release" else ["-Qoperator"]), "-qI" + q, check=False)
        self.note(action=verb, host=host, qid=q, message_id=self.waiting[(host, what)]["message_id"], output=out[:200], t=time.time())

    def operators_then(self):
        for host in self.mtas:
            for verb, what in (("requeue", "requeue"), ("hold", "hold-release"), ("delete", "delete"), ("hold", "kept"), ("expire", "expire"), ("force", "force"), ("notify", "notify")):
                self.operate(host, verb, what)
        time.sleep(1)
        for host in self.mtas:
            self.operate(host, "release", "hold-release")
        self.sink.open = True
        for h in self.hosts.values():
            h.flush()
