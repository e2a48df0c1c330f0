#!/usr/bin/env python3
"""filter.py - a content filter after the queue: takes mail on 127.0.0.1:10024, hands it back on 10025.

filter.py [PORT [BACK [HOW]]]: other ports; HOW is "plain" (answers without an ID) or "lmtp" (an answer for each recipient).
Runs in the network namespace of its MTA. Adds a Received: header, tells the first client
by XFORWARD, and answers by turns as amavis does and with the server's own words.
"""
import smtplib, sys, threading

from wire import Smtp


PORT, BACK, HOW = (int(sys.argv[1]), int(sys.argv[2]), "".join(sys.argv[3:])) if len(sys.argv) > 2 else (10024, 10025, "")


class Filter:
    def __init__(self):
        self.n = 0

    def rcpt(self, session, who):
        return "250 2.1.5 Ok"

    def data(self, session, message):
        self.n += 1
        if b"\nSubject: filter-drops" in message:
            return "250 2.7.0 Ok, discarded, id=%05d-01 - spam" % self.n
        if b"\nSubject: filter-refuses" in message:
            return "554 5.7.0 Reject, id=%05d-01 - spam" % self.n
        head = b"Received: from %s ([127.0.0.1]) by filter.lab.test (labfilter) with ESMTP id FILTER%04d\r\n" % (session.helo.encode(), self.n)
        try:
            with smtplib.SMTP("127.0.0.1", BACK, "filter.lab.test") as s:
                s.ehlo()
                if session.xforward and s.has_extn("xforward"):
                    s.docmd("XFORWARD", " ".join("%s=%s" % p for p in session.xforward.items() if p[0] in ("NAME", "ADDR", "HELO", "PROTO", "SOURCE", "IDENT")))
                utf8 = ["SMTPUTF8"] if any(ord(c) > 127 for c in "".join(session.rcpts) + session.mail) else []
                s.command_encoding = "utf-8" if utf8 else "ascii"
                code, text = s.mail(session.mail, utf8)
                for r in session.rcpts:
                    code, text = s.rcpt(r)
                    if code >= 400:
                        return "%d %s" % (code, text.decode("utf-8", "replace").replace("\n", " "))
                code, text = s.data(head + message)
                text = "%d %s" % (code, text.decode("utf-8", "replace"))
        except (OSError, smtplib.SMTPException) as e:
            return "451 4.5.0 filter: %s" % type(e).__name__
        if code == 250 and HOW == "plain":
            return "250 2.0.0 Ok"
        if code == 250 and self.n % 2:
            return "250 2.0.0 from MTA(smtp:[127.0.0.1]:%d): " % BACK + text
        return text


Smtp("127.0.0.1", PORT, Filter(), ("8BITMIME", "SIZE", "SMTPUTF8", "XFORWARD NAME ADDR PROTO HELO IDENT SOURCE")).start()
threading.Event().wait()
