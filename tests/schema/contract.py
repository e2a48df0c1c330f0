#!/usr/bin/env python3
"""contract.py QTRAIL ROOT - compares schema/README.md with a fresh database.

Prints ok/not ok lines and, last, "N passed, N failed".
"""
import glob, os, re, sqlite3, subprocess, sys, tempfile

BIN, ROOT = sys.argv[1], sys.argv[2]
passed = failed = 0


def check(ok, what):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print(("ok " if ok else "not ok ") + what)


def documented(text):
    """{table: [column]} by the headings and the first cells of the tables below them"""
    found, name = {}, None
    for line in text.splitlines():
        if line.startswith("#"):
            m = re.match(r"### `(\w+)`$", line)
            name = m and m.group(1)
            if name:
                found[name] = []
        m = re.match(r"\| `(\w+)` \| ([^|]+) \| ([^|]*)\|$", line)
        if m and name:
            found[name].append(m.group(1))
    return found


def unpack(blob):
    """(chunk, offset) of each line, as the section on the line archive says"""
    numbers, value, shift = [], 0, 0
    for byte in blob:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append((value >> 1) ^ -(value & 1))
            value = shift = 0
    chunk = at = 0
    for step, offset in zip(numbers[::2], numbers[1::2]):
        chunk, at = chunk + step, offset if step else at + offset
        yield chunk, at


def archived(db, lines):
    for chunk, at in lines:
        size, data = db.execute("SELECT raw_size, data FROM line_chunk WHERE id = ?", (chunk,)).fetchone()
        raw = subprocess.run(["zstd", "-dcq"], input=data, capture_output=True).stdout
        assert len(raw) == size
        yield raw[at:raw.index(b"\n", at)]


text = open(ROOT + "/schema/README.md").read()
said = documented(text)
with tempfile.TemporaryDirectory() as d:
    path = d + "/q.db"
    subprocess.run([BIN, "ingest", "-q", "-d", path, ROOT + "/samples/postfix.log"], check=True)
    db = sqlite3.connect(path)
    there = {}
    for name, in db.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%'"):
        there[name] = [r[1] for r in db.execute("PRAGMA table_info(%s)" % name)]
    check(sorted(said) == sorted(there), "tables and views: %s" %
          (", ".join(sorted(set(said) ^ set(there))) or "all, and no others"))
    for name in sorted(there):
        a, b = said.get(name, []), there[name]
        check(sorted(a) == sorted(b), "%s: %s" % (name, ", ".join(sorted(set(a) ^ set(b))) or "its columns"))
    for value in (r[0] for r in db.execute("SELECT DISTINCT state FROM delivery UNION SELECT DISTINCT state FROM entry"
                                           " UNION SELECT DISTINCT kind FROM hop UNION SELECT DISTINCT evidence FROM hop")):
        check(re.search(r"\b%s\b" % value, text), "the word %s stands in it" % value)

    example = list(unpack(bytes.fromhex(re.search(r"`((?:[0-9A-F]{2} )+[0-9A-F]{2})`", text).group(1).replace(" ", ""))))
    check(example == [(3, 0), (3, 100)], "the example of packed lines unpacks as it says")
    blob, = db.execute("SELECT lines FROM entry WHERE queue_id = 'BAB3DA96985'").fetchone()
    wanted = [l for l in open(ROOT + "/samples/postfix.log", "rb").read().splitlines() if b"BAB3DA96985: " in l]
    check(list(archived(db, unpack(blob))) == wanted, "the lines of an entry unpack as it says")
    db.close()

queries = sorted(os.path.basename(p) for p in glob.glob(ROOT + "/schema/queries/*.sql"))
listed = sorted(re.findall(r"^\| `([\w-]+\.sql)` \|", text, re.M))
check(queries == listed, "queries: %s" % (", ".join(sorted(set(queries) ^ set(listed))) or "all, and no others"))
print("%d passed, %d failed" % (passed, failed))
sys.exit(failed > 0)
