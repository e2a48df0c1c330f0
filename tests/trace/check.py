#!/usr/bin/env python3
"""check.py QTRAIL ROOT - `qtrail trace` from outside: the page, pseudonyms, nothing found.

Prints ok/not ok lines and, last, "N passed, N failed". Chromium is used where it is there.
"""
import collections, json, os, re, shutil, subprocess, sys, tempfile
import xml.etree.ElementTree as ET

BIN, ROOT = sys.argv[1], sys.argv[2]
sys.path.insert(0, ROOT + "/tests")
from outputs import faults, page_of

SCHEMA = json.load(open(ROOT + "/schema/trace.schema.json"))
SAMPLES = ["4F75AA9663D", "77057A96988", "5620DA969D6", "B6E97A9698B"]
CONTROL = "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]"
passed = failed = 0


def check(ok, what, detail=""):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print(("ok " if ok else "not ok ") + what + ("" if ok or not detail else "\n# " + str(detail)))


def same(got, want, what):
    check(got == want, what, "%r is not %r" % (got, want))


def run(*args):
    r = subprocess.run([BIN, *args], capture_output=True)
    return r.returncode, r.stdout.decode("utf-8", "replace"), r.stderr.decode("utf-8", "replace")


def trace(db, *args):
    code, out, err = run("trace", "-d", db, *args)
    check(code == 0, "trace " + " ".join(args), err)
    return out


def ingest(db, *args):
    code, _, err = run("ingest", "-q", "-d", db, *args)
    check(code == 0, "ingest of " + os.path.basename(args[-1]), err)


# ---- logs ----

def postfix(qid, sender, recipients, client="app.example.net[198.51.100.7]", t=0):
    """one message: recipients are (address, relay, state, dsn, reply)"""
    at = lambda s: "2026-11-23T09:%02d:%02d.000000+00:00 mx1 postfix" % divmod(15 * 60 + t + s, 60)
    yield "%s/smtpd[1]: %s: client=%s" % (at(0), qid, client)
    yield "%s/cleanup[2]: %s: message-id=<m.%s@app.example.net>" % (at(0), qid, qid)
    yield "%s/qmgr[3]: %s: from=<%s>, size=2000, nrcpt=%d (queue active)" % (at(0), qid, sender, len(recipients))
    for i, (to, relay, state, dsn, reply) in enumerate(recipients):
        yield "%s/smtp[4]: %s: to=<%s>, relay=%s, delay=1, delays=0/0/1/0, dsn=%s, status=%s (%s)" % (
            at(1 + i % 60), qid, to, relay, dsn, state, reply)


MX = "mx.example.org[203.0.113.25]:25"
HOSTILE = "</pre></details></svg><iframe src=http://evil.example/> \x1b[31m\u202e <svg/onload=alert(5)> &lt; ]]> --> \"'"
MANY = [("user%d@dom%d.example" % (i, i % 40), "mx.dom%d.example[203.0.113.%d]:25" % (i % 40, i % 40 + 1),
         *(("bounced", "5.1.1", "550 no <user%d@dom%d.example>" % (i, i % 40)) if i % 100 == 7 else ("sent", "2.0.0", "250 ok")))
        for i in range(1000)]


def logs(d):
    path = d + "/more.log"
    lines = list(postfix("AAAA000001", "alice@example.net", [
        ("bob@example.org", MX, "deferred", "4.7.1", "451 4.7.1 <bob@example.org>: greylisted, see https://grey.example.org/?u=bob%40example.org"),
        ("carol@example.org", MX, "sent", "2.0.0", "250 2.0.0 Ok: queued as BB01CC0201")], t=60))
    lines += postfix("AAAA000003", "news@lists.example.net", MANY, t=120)
    lines += postfix("AAAA000005", "\"</style></svg><script>alert(3)</script>\"@evil.example", [
        ("<b>\"x\"@example.org", "mx.<b>evil</b>.example[203.0.113.25]:25", "sent", "2.0.0", "250 2.0.0 " + HOSTILE)],
        client="<script>alert(1)</script>.example.net[198.51.100.9]", t=300)
    lines += ["2026-11-23T09:30:00.000000+00:00 mx1 postfix/cleanup[7]: AAAA000001: warning: header Subject: Figures of "
              "the third quarter from app.example.net[198.51.100.7]; from=<alice@example.net> to=<bob@example.org> proto=ESMTP"]
    lines += ["2026-11-23T09:40:0%d.000000+00:00 mx1 postfix/smtpd[8]: NOQUEUE: reject: RCPT from bad.example[198.51.100.66]: 550 5.7.1 "
              "<eve@example.org>: Recipient address rejected: no; from=<spam@bad.example> to=<eve@example.org> proto=ESMTP "
              "helo=<bad.example>" % i for i in (1, 2, 3)]
    lines += [l.replace(" mx1 ", " mx.example.org ").replace("T09:15", "T10:00") for l in postfix("CCCC000001", "x@example.net", [])]
    with open(path, "w") as f:
        f.write("\n".join(lines) + "\n")
    return path


# ---- the page ----

ALLOWED = {"html", "head", "meta", "title", "style", "body", "main", "section", "article", "figure", "figcaption", "footer", "h1",
           "h2", "h3", "p", "ul", "li", "b", "code", "span", "table", "thead", "tbody", "tr", "th", "td", "details", "summary",
           "pre", "svg", "desc", "text", "tspan", "line", "path", "rect", "circle"}


def page(db, what, *args):
    out = trace(db, "--html", *args)
    p = page_of(out)
    same([p.open, p.faults], [[], []], what + ": tags close")
    same(sorted(set(p.tags) - ALLOWED), [], what + ": no tag that is not ours")
    same([n for n in p.names if n.startswith("on") or n in ("href", "src", "xlink:href", "style", "action")], [],
         what + ": no handler, no address")
    style = p.within["style"][0]
    check(not re.search(r"url\(|@import|http|expression", style) and len(p.within["style"]) == 1, what + ": the style fetches nothing")
    check("content=\"default-src 'none'; style-src 'unsafe-inline'\"" in out, what + ": a policy forbids the rest")
    check(not re.search(CONTROL, out), what + ": no control byte")
    check("prefers-color-scheme:dark" in style and "@media print" in style and "details-content" in style and
          "name=\"viewport\"" in out, what + ": for the dark, paper and phones")
    same(len(p.within["h1"]), 1, what + ": one main heading")
    svgs = re.findall("<svg.*?</svg>", out, re.S)
    check(svgs, what + ": a drawing")
    for svg in svgs:
        root = ET.fromstring(svg)
        names = [e.tag.split("}")[-1] for e in root]
        check(root.get("role") == "img" and names[:2] == ["title", "desc"] and root[1].text, what + ": that says what it is")
    return p, svgs


def pages(db, more):
    for qid in SAMPLES:
        p, svgs = page(db, qid, qid)
        t = json.loads(trace(db, "--json", qid))
        lines = trace(db, "--lines", qid).splitlines()
        text = p.text
        same(len(p.within["h3"]), len(t["entries"]), qid + ": a heading for each entry")
        same(svgs[0].count('class="bar '), len(t["entries"]), qid + ": a bar for each entry")
        same([e["queue_id"] for e in t["entries"] if e["queue_id"] not in svgs[0]], [], qid + ": named in the drawing")
        same([l for l in lines if l not in text], [], qid + ": every log line")
        same([v["recipient"] for v in t["verdicts"] if v["recipient"] not in p.within["ul"][0]], [], qid + ": every verdict")
        same([h["evidence"] for h in t["hops"] if h["evidence"] not in text], [], qid + ": the evidence of every hop")
    p, _ = page(more, "hostile", "AAAA000005")
    check("</pre></details></svg><iframe src=http://evil.example/> \\x1B[31m<U+202E> <svg/onload=alert(5)> &lt; ]]> --> \"'" in p.text,
          "hostile: shown as it is, escaped")
    p, _ = page(more, "many", "AAAA000003")
    check("1,000 recipients: 10 bounced, 990 relayed" in p.text, "many: summed up, what failed first")
    check(len(p.text) < 80000 and "user777@" not in p.text, "many: not all of them")
    check("user778@" in page(more, "all", "--all", "AAAA000003")[0].text, "all: all of them")
    p, _ = page(more, "claimed", "AAAA000001")
    check("Not in the logs read so far" in p.within["h2"], "claimed: what is missing has a heading")


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]


def browser(d, db, more):
    """the page as a browser lays it out: a script of ours, in a copy without the policy, measures it"""
    if CHROMIUM is None:
        print("# no chromium here: the page is not looked at in a browser")
        return
    script = ("<script>document.title=JSON.stringify([document.documentElement.scrollWidth<=window.innerWidth,"
              "document.querySelectorAll('script,iframe,img').length,getComputedStyle(document.body).overflowWrap])</script>")
    for name, base, qid in (("bounce", db, SAMPLES[1]), ("hostile", more, "AAAA000005"), ("many", more, "AAAA000003")):
        out = run("trace", "-d", base, "--html", qid)[1]
        path = "%s/%s.html" % (d, name)
        open(path, "w").write(re.sub("<meta http-equiv[^>]*>", "", out).replace("</body>", script + "</body>"))
        for width in (1200, 390):
            r = subprocess.run([CHROMIUM, *QUIET, "--user-data-dir=%s/chromium" % d, "--window-size=%d,900" % width, "--dump-dom",
                                "file://" + path], capture_output=True, timeout=120)
            title = re.search("<title>(.*?)</title>", r.stdout.decode("utf-8", "replace"))
            same(title and title[1], '[true,1,"anywhere"]', "%s: fits %d pixels, runs no script but the test's" % (name, width))


# ---- pseudonyms ----

NOBODY = {"localhost", "127.0.0.1", "::1", "unknown", "none", "local", "", None}


def names_of(t):
    """what must not be seen of a trace: as text, and as whole words"""
    text, words = set(), set()

    def address(a):
        if a and "@" in a:
            text.add(a)
            domain = a.rsplit("@", 1)[1]
            (text if "." in domain else words).add(domain)

    def place(p):
        if p and p not in NOBODY and (re.search(r"[.:]", p)):
            text.add(p)

    for e in t["entries"]:
        address(e["sender"]), place(e["client_host"]), place(e["client_ip"]), place(e["helo"]), words.add(e["host"])
        if e["message_id"]:
            text.add(e["message_id"].strip("<>"))
        for x in e["deliveries"]:
            address(x["recipient"]), address(x["original_recipient"])
            place((x["relay"] or {}).get("host")), place((x["relay"] or {}).get("ip"))
    return text - NOBODY, words - NOBODY


def seen(out, text, words):
    low = out.lower()
    return [x for x in text if x.lower() in low] + [x for x in words if re.search(r"(?<![\w.-])%s(?![\w.-])" % re.escape(x), out)]


def strings(v, path=()):
    if isinstance(v, str):
        yield path, v
    for k, x in v.items() if isinstance(v, dict) else enumerate(v) if isinstance(v, list) else ():
        yield from strings(x, path + (k,))


FORMATS = ([], ["--json"], ["--lines"], ["--dot"], ["--html"], ["--html", "--all"])


def anonymized(db, what, qid):
    plain = json.loads(trace(db, "--json", qid))
    found = list(faults(plain, SCHEMA, SCHEMA))
    check(not found, what + ": JSON as its schema says", found[:3])
    text, words = names_of(plain)
    check(text, what + ": it has names")
    for f in FORMATS:
        out = trace(db, "--anonymize", *f, qid)
        shown = out if f != ["--html"] else page_of(out).text
        same(seen(out, text, words) + seen(shown, text, words), [], "%s: no name in %s" % (what, " ".join(f) or "text"))
    one, two = (json.loads(trace(db, "--anonymize", "--json", qid)) for _ in range(2))
    found = list(faults(one, SCHEMA, SCHEMA))
    check(not found, what + ": JSON with pseudonyms, too", found[:3])
    a, b, c = (dict(strings(x)) for x in (plain, one, two))
    same(sorted(map(str, a)), sorted(map(str, b)), what + ": nothing added, nothing lost")
    to, domains, bad, again = {}, {}, [], []
    for path, was in a.items():
        if path[-1] not in ("recipient", "original_recipient", "sender", "final_recipient") or "@" not in was:
            continue
        now = b[path]
        domain, new = was.rsplit("@", 1)[1].lower(), now.rsplit("@", 1)[1]
        if to.setdefault(was.lower(), now) != now or domains.setdefault(domain, new) != new:
            bad.append((was, now))
        if c[path] == now:
            again.append(now)
    same(bad, [], what + ": one pseudonym for one address and one domain")
    same(again, [], what + ": other ones in another run")
    same([len(set(to.values())), len(set(domains.values()))], [len(to), len(domains)], what + ": as many pseudonyms as names")
    kept = ("queue_id", "state", "dsn", "kind", "evidence", "at", "first_at", "mta", "next_queue_id")
    same([p for p in a if p[-1] in kept and a[p] != b[p]], [], what + ": IDs, states, codes and times stay")


def pseudonyms(db, more):
    for qid in SAMPLES:
        anonymized(db, qid, qid)
    for qid in ("AAAA000001", "AAAA000003"):
        anonymized(more, qid, qid)
    for f in ([], ["--lines"], ["--html"], ["--json"]):
        out = trace(more, "--anonymize", *f, "AAAA000001")
        check("third quarter" not in out and "grey.example" not in out and "%40" not in out,
              "no subject and no URL in " + (" ".join(f) or "text"))
    out = trace(db, "--anonymize", "<6b042c81.0001.basic@lab.test>")
    check("lab.test" not in out, "the query has pseudonyms, too", out.splitlines()[0])


# ---- nothing found ----

def nothing(db, more):
    def ask(base, *args):
        code, out, err = run("trace", "-d", base, *args)
        said = re.sub(r"\s+", " ", err)
        same([code, out], [1, ""], "nothing found for %s: exit code 1" % " ".join(args))
        same([l for l in err.splitlines() if len(l) > 80], [], "and 80 columns")
        code, out, err = run("trace", "-d", base, "--json", *args)
        o = json.loads(out)
        found = list(faults(o, SCHEMA, SCHEMA))
        check(code == 1 and not found and o["entries"] == [] and err == "", "as JSON, too", found[:3])
        return said, o["nothing"]

    said, n = ask(db, "NOSUCH1")
    check("mx2 from 2026-11-23 12:07:29 to 2026-11-23 12:08:03" in said and len(n["hosts"]) == 3, "what is covered", said)
    said, n = ask(db, "771AC3C890")
    check("it is the ID by which mx.grey.test[127.0.10.34] took BAB3DA96985 from mx1, 2026-11-23 12:09:19; the log of that "
          "server is not in the database" in said, "an ID that a stranger named", said)
    said, n = ask(more, "BB01CC0201")
    check("took AAAA000001 from mx1" in said and "the log of mx.example.org has been read from 2026-11-23 10:00:00 to" in said and
          n["near"][0]["relay_is"] == "mx.example.org", "an ID that a host of ours named", said)
    for query in ("4f75aa9663d", "<6B042C81.0001.basic@lab.test>"):
        said, n = ask(db, query)
        check("in other case: " in said and n["near"][0]["kind"] == "case", "in other case: " + query, said)
    for query in ("4F75AA", "1xVSpV-00000P", "<6b042c81.0001.basic"):
        said, n = ask(db, query)
        check("begins like this: " in said, "cut: " + query, said)
    said, n = ask(db, "Bob@pf2.test")
    check("a message from or to it: 77057A96988 on mx1" in said and "qtrail search" in said, "an address", said)
    reject = "rejected on mx1, 2026-11-23 09:40:0%d, at RCPT, from spam@bad.example to eve@example.org, client bad.example[198.51.100.66]: 550 5.7.1"
    said, n = ask(more, "eve@example.org")
    check(reject % 3 in said and said.index(reject % 3) < said.index(reject % 1), "attempts that were refused, the last first", said)
    same([x["reject"]["code"] for x in n["near"]], [550] * 3, "with their codes")
    said, _ = ask(more, "--at", "2026-11-23T09:40:01Z", "eve@example.org")
    check(said.index(reject % 1) < said.index(reject % 3), "around a time the nearest first", said)
    said, _ = ask(more, "--at", "2026-11-20T09:40:01Z", "eve@example.org")
    check("rejected" not in said, "none at another time", said)
    said, _ = ask(more, "NOQUEUE: reject: from=<spam@bad.example> to=<eve@example.org>")
    check(reject % 2 in said, "from a pasted line", said)
    code, out, err = run("trace", "-d", more, "--anonymize", "eve@example.org")
    check(code == 1 and not seen(err, ["eve@example.org", "bad.example", "198.51.100.66"], ["mx1"]), "with pseudonyms", err)
    code, out, err = run("trace", "-d", more, "--anonymize", "--json", "eve@example.org")
    check(code == 1 and not seen(out, ["eve@example.org", "bad.example", "198.51.100.66"], ["mx1"]), "as JSON with pseudonyms", out)


# ---- the pager ----

def terminal(*args, **env):
    """standard output of a run on a terminal of 80 columns, and the exit code"""
    import fcntl, pty, struct, termios
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    env = {**{k: v for k, v in os.environ.items() if k not in ("PAGER", "QTRAIL_PAGER", "LESS", "NO_COLOR")}, "TERM": "xterm", **env}
    p = subprocess.Popen([BIN, *args], stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE, env=env)
    os.close(theirs)
    out = b""
    while True:
        try:
            more = os.read(ours, 65536)
        except OSError:
            break
        if not more:
            break
        out += more
    os.close(ours)
    err = p.stderr.read()
    return out.decode().replace("\r\n", "\n"), p.wait(timeout=60), err.decode()


def pager(db, more):
    mark, qid = "sed 's/^/P:/'", SAMPLES[0]
    for command in (["trace", "-d", db, qid], ["search", "-d", db, "alice@sm.test"], ["report", "-d", db]):
        out, code, _ = terminal(*command, QTRAIL_PAGER=mark)
        check(code == 0 and out.startswith("P:"), command[0] + ": goes through the pager on a terminal", out[:80])
        out, code, _ = terminal(*command, "--no-pager", QTRAIL_PAGER=mark)
        check(code == 0 and "P:" not in out, command[0] + " --no-pager", out[:80])
        r = subprocess.run([BIN, *command], capture_output=True, env={**os.environ, "PAGER": mark})
        check(r.returncode == 0 and b"P:" not in r.stdout, command[0] + ": no pager without a terminal")
    same(terminal("trace", "-d", db, qid, PAGER=mark)[0][:2], "P:", "$PAGER, too")
    check("P:" not in terminal("trace", "-d", db, qid, PAGER=mark, QTRAIL_PAGER="cat")[0], "$QTRAIL_PAGER comes first")
    check("P:" not in terminal("trace", "-d", db, qid, PAGER=mark, TERM="dumb")[0], "none on a dumb terminal")
    out, code, err = terminal("trace", "-d", db, qid, PAGER="no-such-pager -x")
    check(code == 0 and qid in out and err == "", "a pager that is missing is done without", (code, out[:80], err))
    out, code, err = terminal("trace", "-d", more, "--all", "--json", "AAAA000003", PAGER="head -n 1")
    check(code == 0 and out == "{\n" and err == "", "a pager that is left early is no error", (code, out[:80], err))
    out, code, err = terminal("trace", "-d", db, "NOSUCH1", PAGER=mark)
    check(code == 1 and "nothing found" in err, "exit codes stay", (code, err))
    out = terminal("trace", "-d", db, qid, PAGER="cat")[0]
    check("\x1b[" in out, "colours on a terminal")
    check("\x1b[" not in terminal("trace", "-d", db, qid, PAGER="cat", NO_COLOR="1")[0], "none with NO_COLOR")
    wide = [l for l in re.sub("\x1b\\[[0-9]*m", "", out).splitlines() if len(l) > 80]
    same(wide, [], "80 columns")


with tempfile.TemporaryDirectory() as d:
    db, more = d + "/q.db", d + "/more.db"
    ingest(db, ROOT + "/samples/postfix.log", ROOT + "/samples/sendmail.log")
    ingest(db, "--host", "mx2", ROOT + "/samples/exim.log")
    ingest(more, logs(d))
    pages(db, more)
    browser(d, db, more)
    pseudonyms(db, more)
    nothing(db, more)
    pager(db, more)
print("%d passed, %d failed" % (passed, failed))
sys.exit(failed > 0)
