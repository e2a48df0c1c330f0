"""wire.py - what stands beside the mail servers of the lab: a name server, log sockets, SMTP servers.

All of these answer from a thread each and end with the process.
"""
import datetime, json, os, re, socket, struct, threading, time


# ---- names: everything the lab knows, in one table ----

class Names(threading.Thread):
    """A name server. table: (name, "A"|"MX"|"PTR"|...) -> list of values; "fail." names are SERVFAIL."""
    TYPES = {1: "A", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA"}

    def __init__(self, address, table):
        super().__init__(daemon=True)
        self.table = table
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((address, 53))

    @staticmethod
    def wire(name):
        return b"".join(bytes([len(p)]) + p.encode() for p in name.strip(".").split(".") if p) + b"\0"

    def data(self, kind, value):
        if kind == "A":
            return socket.inet_aton(value)
        if kind == "AAAA":
            return socket.inet_pton(socket.AF_INET6, value)
        if kind == "MX":
            return struct.pack(">H", 10) + self.wire(value)
        if kind == "TXT":
            return bytes([len(value)]) + value.encode()
        return self.wire(value)

    def run(self):
        while True:
            query, peer = self.sock.recvfrom(4096)
            at, labels = 12, []
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1").lower())
                at += query[at] + 1
            kind = self.TYPES.get(struct.unpack(">H", query[at + 1:at + 3])[0], "?")
            name, question = ".".join(labels), query[12:at + 5]
            values = self.table.get((name, kind), [])
            known = any(n == name for n, _ in self.table)
            code = 2 if name.endswith("fail.test") else 0 if known else 3
            answer = b"".join(b"\xc0\x0c" + query[at + 1:at + 3] + b"\0\1" + struct.pack(">IH", 60, len(d)) + d
                              for d in (self.data(kind, v) for v in values))
            self.sock.sendto(query[:2] + struct.pack(">HHHHH", 0x8580 | code, 1, len(values), 0, 0) + question + answer, peer)


# ---- logs ----

class Syslog(threading.Thread):
    """What syslogd is to a host: socket PATH to file LOG, with the host's name, control bytes as #ooo. FORM is bsd (RFC 3164),
    iso (RFC 3339) or 5424; the clock is SKEW seconds ahead."""

    def __init__(self, path, log, host, form="iso", skew=0):
        super().__init__(daemon=True)
        self.host, self.form, self.skew, self.log = host, form, datetime.timedelta(seconds=skew), open(log, "ab", buffering=0)
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.sock.bind(path)
        os.chmod(path, 0o666)

    def run(self):
        while True:
            text = self.sock.recv(65536).rstrip(b"\0\n")
            text = re.sub(rb"^<\d+>", b"", text)
            text = re.sub(rb"^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d ", b"", text)
            text = re.sub(rb"[\0-\x1f\x7f]", lambda m: b"#%03o" % m.group()[0], text)
            now = datetime.datetime.now(datetime.timezone.utc) + self.skew
            stamp = now.strftime("%b ") + "%2d" % now.day + now.strftime(" %H:%M:%S") if self.form == "bsd" else now.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
            if self.form == "5424":
                stamp = "<22>1 " + stamp
                text = re.sub(rb"^([^\s\[:]+)(?:\[(\d+)\])?: ?", lambda m: m[1] + b" " + (m[2] or b"-") + b" - - ", text, count=1)
            self.log.write(stamp.encode() + b" " + self.host.encode() + b" " + text + b"\n")


# ---- SMTP ----

class Smtp(threading.Thread):
    """An SMTP server. policy.rcpt(session, address) and policy.data(session, message) give the reply,
    None to hang up. A session has mail, rcpts, helo, peer and xforward."""

    def __init__(self, address, port, policy, extensions=("8BITMIME", "SIZE", "DSN", "SMTPUTF8", "CHUNKING")):
        super().__init__(daemon=True)
        self.policy, self.extensions = policy, extensions
        self.sock = socket.create_server((address, port))

    def run(self):
        while True:
            conn, peer = self.sock.accept()
            threading.Thread(target=self.serve, args=(conn, peer), daemon=True).start()

    def serve(self, conn, peer):
        try:
            Session(conn, peer, self).talk()
        except (OSError, EOFError, ValueError):
            pass
        finally:
            conn.close()


class Session:
    def __init__(self, conn, peer, server):
        self.conn, self.peer, self.server, self.file = conn, peer, server, conn.makefile("rb")
        self.helo, self.xforward, self.lmtp = "", {}, False
        self.reset()

    def reset(self):
        self.mail, self.rcpts, self.chunks = None, [], b""

    def say(self, reply):
        if reply is None:
            raise EOFError
        self.conn.sendall(reply.encode("utf-8", "surrogateescape") + b"\r\n")

    def talk(self):
        self.say("220 sink.lab.test ESMTP")
        while True:
            line = self.file.readline()
            if not line:
                return
            verb, _, rest = line.decode("utf-8", "surrogateescape").rstrip("\r\n").partition(" ")
            getattr(self, "on_" + verb.lower(), self.unknown)(rest)

    def unknown(self, rest):
        self.say("500 5.5.1 what?")

    def on_ehlo(self, rest):
        self.helo = rest
        lines = ["sink.lab.test"] + list(self.server.extensions)
        self.say("\r\n".join("250" + ("-" if i + 1 < len(lines) else " ") + l for i, l in enumerate(lines)))

    def on_lhlo(self, rest):
        """LMTP (RFC 2033): each recipient has an answer of its own after the data"""
        self.lmtp = True
        self.on_ehlo(rest)

    def on_helo(self, rest):
        self.helo = rest
        self.say("250 sink.lab.test")

    def on_xforward(self, rest):
        self.xforward.update(p.split("=", 1) for p in rest.split() if "=" in p)
        self.say("250 2.0.0 Ok")

    def on_mail(self, rest):
        self.reset()
        self.mail = re.match(r'FROM:\s*<((?:"(?:[^"\\]|\\.)*")?.*?)>(?:\s|$)', rest, re.I).group(1)
        self.say("250 2.1.0 Ok")

    def on_rcpt(self, rest):
        who = re.match(r'TO:\s*<((?:"(?:[^"\\]|\\.)*")?.*?)>(?:\s|$)', rest, re.I).group(1)
        reply = self.server.policy.rcpt(self, who)
        if reply and reply.startswith("250"):
            self.rcpts.append(who)
        self.say(reply)

    def finish(self, message):
        reply = self.server.policy.data(self, message)
        times = len(self.rcpts) if self.lmtp else 1
        self.reset()
        for _ in range(times):
            self.say(reply)

    def on_data(self, rest):
        if not self.rcpts:
            return self.say("503 5.5.1 no recipients")
        self.say("354 go on")
        lines = []
        while True:
            line = self.file.readline()
            if not line:
                raise EOFError
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b".") else line)
        self.finish(b"".join(lines))

    def on_bdat(self, rest):
        words = rest.split()
        self.chunks += self.file.read(int(words[0]))
        if len(words) > 1 and words[1].upper() == "LAST":
            self.finish(self.chunks)
        else:
            self.say("250 2.0.0 %s octets" % words[0])

    def on_rset(self, rest):
        self.reset()
        self.say("250 2.0.0 Ok")

    def on_noop(self, rest):
        self.say("250 2.0.0 Ok")

    def on_quit(self, rest):
        self.say("221 2.0.0 Bye")
        raise EOFError


class Sink:
    """The world outside. The local part says how a recipient fares: ok-, tmp- (451 at first), gate- (451
    until the gate opens), perm- (550), never- (451 for ever), hangup-, dataperm-, datatmp-, long- (a reply
    of many lines), forge- (a reply that names a queue ID of the lab). What is taken goes to a file."""

    def __init__(self, path):
        self.path, self.lock, self.seen, self.open, self.lie = path, threading.Lock(), {}, False, "DEADBEEF12"

    def rcpt(self, session, who):
        kind = who.lstrip('"').split("-")[0].split("@")[0].lower()
        with self.lock:
            n = self.seen[(kind, who, session.peer[0])] = self.seen.get((kind, who, session.peer[0]), 0) + 1
        if kind == "tmp" and n == 1:
            return "451 4.7.1 <%s>: Recipient address rejected: Greylisted, try again" % who
        if kind == "gate" and not self.open or kind == "never":
            return "451 4.3.0 <%s>: not now" % who
        if kind == "perm":
            return "550 5.1.1 <%s>: Recipient address rejected: User unknown" % who
        if kind == "long":
            return "550-5.7.1 This is a reply\r\n550-5.7.1 of (many) lines: it's \"said\"\r\n550 5.7.1 see <https://out.test/?to=%s>" % who
        if kind == "hangup":
            return None
        if kind == "bye":
            return "421 4.3.2 Service shutting down"
        return "250 2.1.5 Ok"

    def data(self, session, message):
        kinds = {r.lstrip('"').split("-")[0].split("@")[0].lower() for r in session.rcpts}
        if "dataperm" in kinds:
            return "554 5.7.1 Message content rejected, id=%08X" % (hash(message) & 0xffffffff)
        if "datahangup" in kinds:
            return None
        with self.lock:
            n = self.seen[("data", message[-200:])] = self.seen.get(("data", message[-200:]), 0) + 1
            if "datatmp" in kinds and n == 1:
                return "452 4.3.1 Insufficient system storage"
            with open(self.path, "a") as f:
                f.write(json.dumps({"mail": session.mail, "rcpts": session.rcpts, "peer": session.peer[0], "t": time.time(),
                                    "message": message.decode("latin-1")}) + "\n")
            n = len(self.seen)
        if "forge" in kinds:
            return "250 2.0.0 Ok: queued as " + self.lie
        if "weird" in kinds:
            return '250-2.0.0 status=sent (250 2.0.0 Ok: queued as DEADBEEF), "stat=Sent"\r\n250 2.0.0 OK ' + "C=\"250 OK id=1w1L5N-00000000ASi-035W\""
        if "bare" in kinds:
            return "250"
        return "250 2.0.0 OK 1795435%d x1-20020a05600c00d000b003.%d - gsmtp" % (n, n)
