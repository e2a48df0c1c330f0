"""outputs.py - checks of what commands print, shared by the tests: JSON against its schema, HTML."""
import collections, html.parser, re

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def is_type(v, t):
    if t in ("integer", "number"):
        return isinstance(v, int if t == "integer" else (int, float)) and not isinstance(v, bool)
    return isinstance(v, TYPES[t])


def faults(v, s, root, at="$"):
    """what the value has that its schema forbids, and members that it does not name"""
    if "$ref" in s:
        yield from faults(v, root["$defs"][s["$ref"].split("/")[-1]], root, at)
    if "anyOf" in s and all(list(faults(v, a, root, at)) for a in s["anyOf"]):
        yield at + ": none of the choices"
    for a in s.get("allOf", []):
        yield from faults(v, a, root, at)
    types = s.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(is_type(v, t) for t in types):
        yield "%s: %r is no %s" % (at, v, types)
        return
    if "enum" in s and v not in s["enum"]:
        yield "%s: %r is none of the words" % (at, v)
    if "pattern" in s and isinstance(v, str) and not re.search(s["pattern"], v):
        yield "%s: %r" % (at, v)
    if "minimum" in s and isinstance(v, (int, float)) and v < s["minimum"]:
        yield "%s: %r is too small" % (at, v)
    for name in s.get("required", []) if isinstance(v, dict) else ():
        if name not in v:
            yield "%s: %s is missing" % (at, name)
    for name, p in s.get("properties", {}).items() if isinstance(v, dict) else ():
        if name in v:
            yield from faults(v[name], p, root, at + "." + name)
    if isinstance(v, dict) and s.get("properties") and "relay" not in s["properties"] and "relay" not in v:
        for name in set(v) - set(s["properties"]):
            yield "%s: %s is not in the schema" % (at, name)
    if isinstance(v, list) and "items" in s:
        for i, item in enumerate(v):
            yield from faults(item, s["items"], root, "%s[%d]" % (at, i))


class Page(html.parser.HTMLParser):
    VOID = {"meta", "br"}

    def __init__(self):
        super().__init__()
        self.tags, self.open, self.faults, self.names = collections.Counter(), [], [], set()
        self.text, self.within = "", collections.defaultdict(list)

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        self.names |= {n for n, _ in attrs}
        if tag not in self.VOID:
            self.open.append(tag)
            self.within[tag].append("")

    def handle_startendtag(self, tag, attrs):
        self.tags[tag] += 1

    def handle_data(self, data):
        self.text += data
        for tag in set(self.open):
            self.within[tag][-1] += data

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


def page_of(text):
    p = Page()
    p.feed(text)
    return p
