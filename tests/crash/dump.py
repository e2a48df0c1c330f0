#!/usr/bin/env python3
"""dump.py DB [PART...] - what a database says, in a form that two databases can be compared by.

Row ids, chunk ids, run times and the order of rows are left out: an entry is named by host, mta,
instance, queue ID and first line, and everything that hangs on it by that name. Raw lines are
unpacked as schema/README.md describes, without qtrail's help. PARTs (functions of Dump) choose; default: all.
"""
import ctypes, ctypes.util, sqlite3, sys

ZSTD = ctypes.CDLL(ctypes.util.find_library("zstd"))
ZSTD.ZSTD_decompress.restype = ZSTD.ZSTD_isError.restype = ctypes.c_size_t
ZSTD.ZSTD_decompress.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
ZSTD.ZSTD_isError.argtypes = [ctypes.c_size_t]


def unzstd(data, size):
    out = ctypes.create_string_buffer(size)
    if ZSTD.ZSTD_decompress(out, size, data, len(data)) != size:
        raise ValueError("a damaged line chunk")
    return out.raw


def varints(blob):
    """zigzag varints, 7 bits a byte, low first"""
    value = shift = 0
    for byte in blob:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield (value >> 1) ^ -(value & 1)
            value = shift = 0


class Dump:
    PARTS = "hosts entries deliveries addresses links rejects notes unmatched hops sources runs".split()

    def __init__(self, db):
        self.db = sqlite3.connect("file:%s?mode=ro" % db, uri=True)
        self.db.text_factory = lambda b: b.decode("utf-8", "surrogateescape")
        self.chunks = {}
        self.host = dict(self.db.execute("SELECT id, name FROM host"))
        self.name = {}
        for i, *key in self.db.execute("SELECT id, host, mta, instance, queue_id, first_at FROM entry"):
            key[0] = self.host[key[0]]
            self.name[i] = tuple(key)

    def chunk(self, i):
        if i not in self.chunks:
            size, data = self.db.execute("SELECT raw_size, data FROM line_chunk WHERE id = ?", (i,)).fetchone()
            self.chunks[i] = unzstd(data, size)
        return self.chunks[i]

    def line(self, chunk, at):
        text = self.chunk(chunk)
        return text[at:text.index(b"\n", at)]

    def lines(self, refs):
        chunk = at = 0
        numbers = list(varints(refs or b""))
        for step, to in zip(numbers[::2], numbers[1::2]):
            at = at + to if step == 0 else to
            chunk += step
            yield self.line(chunk, at)

    def columns(self, table, *without):
        return [r[1] for r in self.db.execute("PRAGMA table_info(%s)" % table) if r[1] not in without]

    def rows(self, table, *without):
        return self.db.execute("SELECT %s FROM %s" % (", ".join(self.columns(table, *without)), table))

    def of_entry(self, table, *without):
        names = ", ".join(["entry"] + self.columns(table, "entry", *without))
        for i, *rest in self.db.execute("SELECT %s FROM %s" % (names, table)):
            yield self.name[i] if i is not None else None, rest

    def hosts(self):
        for i, name, origin in self.db.execute("SELECT host, name, origin FROM host_name"):
            yield self.host[i], name, origin

    def entries(self):
        names = self.columns("entry", "id", "host", "lines")
        for i, lines, *rest in self.db.execute("SELECT id, lines, %s FROM entry" % ", ".join(names)):
            yield self.name[i], list(zip(names, rest)), sorted(self.lines(lines))

    def deliveries(self):
        return self.of_entry("delivery", "id")

    def addresses(self):
        return self.rows("address")

    def links(self):
        for parent, child, kind, at in self.db.execute("SELECT parent, child, kind, at FROM link"):
            yield self.name[parent], self.name[child], kind, at

    def rejects(self):
        names = self.columns("reject", "id", "host", "entry", "chunk", "chunk_at")
        for host, entry, chunk, at, *rest in self.db.execute(
                "SELECT host, entry, chunk, chunk_at, %s FROM reject" % ", ".join(names)):
            yield self.host[host], self.name.get(entry), self.line(chunk, at) if chunk else None, rest

    def notes(self):
        return self.of_entry("note", "id")

    def unmatched(self):
        """the example is any one line of its shape"""
        return self.rows("unmatched", "example")

    def hops(self):
        delivery = {i: (self.name[e], at, to) for i, e, at, to in self.db.execute(
            "SELECT id, entry, at, recipient FROM delivery")}
        for f, t, kind, evidence, d, at, claim in self.db.execute(
                "SELECT from_entry, to_entry, kind, evidence, delivery, at, next_queue_id FROM hop"):
            yield self.name[f], self.name.get(t), kind, evidence, delivery.get(d), at, claim

    def sources(self):
        return self.rows("source", "id", "path", "run")

    def runs(self):
        """every line is counted once, in whichever run"""
        names = self.columns("run", "id", "started_at", "ended_at", "version")
        row = self.db.execute("SELECT %s FROM run" % ", ".join("sum(%s)" % n for n in names)).fetchone()
        yield [pair for pair in zip(names, row) if pair[1]]

    def text(self, parts=None):
        out = []
        for part in parts or self.PARTS:
            out += sorted("%s %s" % (part, ascii(row)) for row in getattr(self, part)())
        return out


def dump(db, parts=None, kind=Dump):
    d = kind(db)
    try:
        return d.text(parts)
    finally:
        d.db.close()


if __name__ == "__main__":
    print("\n".join(dump(sys.argv[1], sys.argv[2:])))
