#!/usr/bin/env python3
"""property.py QTRAIL DB [QUERIES] - searches drawn at random against a plain reading of the tables.

Each row of the database is put to each condition as the manual page words it, in Python; what
`qtrail search --json` finds must be the same rows, newest first. Prints what differs, exits 1 then.
"""
import datetime, json, random, re, sqlite3, subprocess, sys

BIN, DB = sys.argv[1], sys.argv[2]
QUERIES = int(sys.argv[3]) if len(sys.argv) > 3 else 150
rnd = random.Random(20260314)


def rows_of(db):
    c = sqlite3.connect(db)
    c.text_factory = lambda b: b.decode("utf-8", "surrogateescape")
    c.row_factory = sqlite3.Row
    finals, parties = {}, {}
    for d in c.execute("SELECT * FROM last_delivery"):
        finals.setdefault(d["entry"], []).append(d)
    for d in c.execute("SELECT entry, recipient, original_recipient FROM delivery"):
        parties.setdefault(d["entry"], []).extend([d["recipient"], d["original_recipient"]])
    none = dict.fromkeys(["recipient", "original_recipient", "dsn", "relay_host", "relay_ip", "reply", "attempts"])
    rows, entries = [], {}
    for e in c.execute("SELECT * FROM message"):
        entries[e["id"]] = e
        for d in finals.get(e["id"], [None]):
            row = dict(kind="message", entry=e["id"], at=e["first_at"], all=parties.get(e["id"], []),
                       state=d["state"] if d else e["outcome"] or e["state"])
            row.update({k: e[k] for k in ("host", "queue_id", "message_id", "sender", "client_host", "client_ip", "helo", "user", "size")})
            row.update({k: d[k] for k in none} if d else none)
            rows.append(row)
    for r in c.execute("SELECT r.*, h.name FROM reject r JOIN host h ON h.id = r.host"):
        e = entries.get(r["entry"])
        row = dict(none, kind="reject", entry=r["entry"], at=r["at"], all=[r["recipient"]], state="rejected", host=r["name"], user=None, size=None,
                   queue_id=e and e["queue_id"], message_id=e and e["message_id"], reply=r["reason"])
        row.update({k: r[k] for k in ("recipient", "dsn")})
        row.update({k: r[k] if r[k] is not None else e and e[k] for k in ("sender", "client_host", "client_ip", "helo")})
        rows.append(row)
    return rows


def lower(s):
    return re.sub("[A-Z]+", lambda m: m.group().lower(), s)


def like(value, *texts, case=False):
    """is one of the texts the value, or as the pattern says?"""
    fold = (lambda s: s) if case else lower
    want = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in fold(value))
    return any(t is not None and re.fullmatch(want, fold(t), re.S) for t in texts)


def address(value, *texts):
    if value == "<>":
        return "" in texts
    if value.startswith("@"):
        value = "*" + value
    elif "@" not in value and not re.search("[*?]", value):
        return any(t is not None and (like(value + "@*", t)) for t in texts)
    return like(value, *texts)


def message_id(value, text):
    if not value.startswith(("<", "*")):
        value = "<" + value
    if not value.endswith((">", "*")):
        value += ">"
    return like(value, text, case=True)


def party(value, r):
    exact = not value.startswith("@") and not re.search("[*?]", value)
    return address(value, r["sender"], *r["all"]) or (exact and r["kind"] == "message" and like("<%s>" % value, r["message_id"], case=True))


def word(value, r):
    if value.startswith("<"):
        return message_id(value, r["message_id"])
    if "@" in value:
        return party(value, r)
    return party("@" + value, r) if "." in value else like(value, r["queue_id"], case=True)


def dsn(value, text):
    want = "*".join(re.split("[xX]", value))
    if want.count(".") < 2 and not want.endswith("*"):
        want += ".*"
    return like(want, text, case=True)


def recipient(value, r):
    return address(value, r["recipient"], r["original_recipient"]) or (r["kind"] == "message" and r["recipient"] is None and address(value, *r["all"]))


def size(value, n):
    number = int(value.strip("<>k")) * (1024 if value.endswith("k") else 1)
    return n is not None and (n > number if value[0] == ">" else n < number if value[0] == "<" else n == number)


HOLDS = {
    "": word, "--sender": lambda v, r: address(v, r["sender"]), "--recipient": recipient,
    "--domain": lambda v, r: party("@" + v, r), "--message-id": lambda v, r: message_id(v, r["message_id"]),
    "--queue-id": lambda v, r: like(v, r["queue_id"], case=True), "--client": lambda v, r: like(v, r["client_host"], r["client_ip"], r["helo"]),
    "--relay": lambda v, r: like(v, r["relay_host"], r["relay_ip"]), "--host": lambda v, r: like(v, r["host"]),
    "--user": lambda v, r: like(v, r["user"]), "--state": lambda v, r: like(v, r["state"]), "--dsn": lambda v, r: dsn(v, r["dsn"]),
    "--size": lambda v, r: size(v, r["size"]), "--since": lambda v, r: r["at"] >= us(v), "--until": lambda v, r: r["at"] <= us(v),
}
FIELDS = {"--sender": ["sender"], "--recipient": ["recipient", "original_recipient"], "--message-id": ["message_id"], "--queue-id": ["queue_id"],
          "--client": ["client_host", "client_ip", "helo"], "--relay": ["relay_host", "relay_ip"], "--host": ["host"], "--user": ["user"],
          "--state": ["state"], "--dsn": ["dsn"]}


def us(text):
    t = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.timezone.utc)
    return (t - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1)


def iso(at):
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=at)).isoformat(timespec="microseconds") + "Z"


def spoil(text):
    """the text as someone may ask for it: in other letters, cut, as a pattern"""
    kind = rnd.randrange(8)
    if kind == 0:
        return text.upper()
    if kind == 1 and len(text) > 2:
        at = rnd.randrange(1, len(text))
        return text[:at] + "*"
    if kind == 2 and len(text) > 2:
        return "*" + text[rnd.randrange(1, len(text)):]
    if kind == 3 and len(text) > 1:
        at = rnd.randrange(len(text))
        return text[:at] + "?" + text[at + 1:]
    if kind == 4 and "@" in text:
        return text[text.rindex("@"):]
    if kind == 5 and "@" in text:
        return text[:text.rindex("@")]
    return text


def draw(rows):
    """a condition, made of a row so that it is not always in vain"""
    r, o = rnd.choice(rows), rnd.choice(list(HOLDS))
    if o in ("--since", "--until"):
        return o, iso(r["at"] + rnd.choice([-1, 0, 0, 1, 10**6]))
    if o == "--size":
        n = r["size"] if r["size"] is not None else 700
        return o, rnd.choice(["%d" % n, ">%d" % n, "<%d" % n, ">1k", "<1k"])
    if o == "--domain":
        a = rnd.choice([r["sender"], r["recipient"]]) or ""
        return o, (a.rpartition("@")[2] or "example.org")
    names = FIELDS.get(o, ["sender", "recipient", "queue_id", "message_id"])
    text = r[rnd.choice(names)]
    if text is None or text == "":
        text = {"--sender": "<>", "--state": "rejected", "--dsn": "5.1.1"}.get(o, "nothing")
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if o == "--dsn":
        return o, rnd.choice([text, text[:3], text[:1], text[:1] + ".x", text[:3] + ".X"])
    if o == "":
        text = rnd.choice([text, text, text.rpartition("@")[2].rstrip(">")])
    text = spoil(text) if o != "--host" else text
    return o, text


def check(rows, asked):
    args, hits = [], rows
    for o, v in asked:
        args += ["%s=%s" % (o, v)] if o else []
        hits = [r for r in hits if HOLDS[o](v, r)]
    args += ["--"] + [v for o, v in asked if not o]
    hits = sorted(hits, key=lambda r: -r["at"])
    for limit in (1000000, rnd.choice([1, 2, 7, 50])):
        out = subprocess.run([BIN, "search", "-d", DB, "--json", "-n", str(limit)] + args, capture_output=True)
        if out.returncode > 1:
            return "%r: %s" % (args, out.stderr.decode("utf-8", "replace"))
        got = json.loads(out.stdout)
        if [g["at"] for g in got] != [iso(r["at"]) for r in hits[:limit]]:
            return "%r: %d rows found, %d are there, of which the first %d" % (args, len(got), len(hits), limit)
        shown = lambda t: t if t is None else t.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        key = lambda r: [str(r[k]) for k in ("kind", "entry", "at", "recipient", "state", "dsn", "attempts", "sender", "queue_id")]
        if limit >= len(hits):
            want = [dict(r, at=iso(r["at"]), **{k: shown(r[k]) for k in ("recipient", "sender", "state", "dsn")}) for r in hits]
            if sorted(map(key, got)) != sorted(map(key, want)):
                return "%r: rows differ" % (args,)
    return None


rows = rows_of(DB)
failed = found = 0
for n in range(QUERIES):
    asked = dict(draw(rows) for _ in range(rnd.choice([1, 1, 2, 2, 3])))
    asked = [(o, v) for o, v in asked.items() if v != "" and "\0" not in v]
    if not asked:
        continue
    why = check(rows, asked)
    if why:
        failed += 1
        print("# " + why)
print("# %d searches over %d rows" % (QUERIES, len(rows)))
sys.exit(failed > 0)
