"""check.py - QTRAIL ROOT: goes through `qtrail help`, so that a new command is checked as well."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

BIN, ROOT = sys.argv[1], sys.argv[2]
passed = failed = 0
scratch = tempfile.TemporaryDirectory()
ENV = dict(os.environ, QTRAIL_DB=scratch.name + "/none.db", HOME=scratch.name, TZ="UTC", NO_COLOR="1",
           PATH=os.path.dirname(BIN) + ":" + os.environ["PATH"])
OPTION = re.compile(r"(?:(?<=[ (,])|^)(?:--[a-z][a-z-]*|-[A-Za-z]\b)", re.M)


def check(good, name, *said):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print("ok" if good else "not ok", name)
    if not good:
        for s in said:
            print("# " + str(s).replace("\n", "\n# "))


def run(*args, stdin=""):
    p = subprocess.run([BIN, *args], input=stdin, capture_output=True, text=True, env=ENV, timeout=60)
    return p.returncode, p.stdout, p.stderr


def options(text):
    """Of a help text, below its usage line."""
    return set(OPTION.findall("\n".join(text.split("\n")[1:])))


def manual(name):
    """Options a page documents: those of its .It lines, and those named beside them."""
    text = open(name).read()
    found = set()
    for line in re.findall(r"^(?:\.It|\.Pq|\.Op) (.*Fl .*)$", text, re.M):
        found |= {"-" + f for f in re.findall(r"Fl ([^ ,]+)", line)}
    return found


def bash_completes(words):
    script = ('source "%s/contrib/completions/qtrail.bash"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
              '_qtrail; printf "%%s\\n" "${COMPREPLY[@]}"' % ROOT)
    p = subprocess.run(["bash", "-c", script, "bash", "qtrail", *words], capture_output=True, text=True, env=ENV)
    return set(p.stdout.split())


# ---- the program ----

code, out, err = run("help")
commands = re.findall(r"^  qtrail ([a-z]+)", out, re.M)
check(code == 0 and not err and len(commands) >= 7, "help lists the commands", out, err)
for call in ("--help",), ("-h",):
    check(run(*call) == (code, out, err), "%s is help" % call)
code, out, err = run("--version")
check(code == 0 and re.fullmatch(r"qtrail \d+\.\d+\.\d+\n", out) and not err, "--version", out)
check(run("-V")[1] == out, "-V is --version")
for call in (), ("nonsense",), ("--nonsense",), ("help", "nonsense"):
    code, out, err = run(*call)
    check(code == 2 and not out and err.startswith("qtrail: "), "qtrail %s is 2, said on standard error" % (call,), out, err)

# ---- each command ----

overview = open(ROOT + "/contrib/man/qtrail.1").read()
readme = open(ROOT + "/README.md").read()
shown = "".join("    " + l for l in open(ROOT + "/tests/cli/golden/trace.txt"))
check(shown in readme, "the README shows the trace as it is printed")
for c in commands:
    code, text, err = run(c, "--help")
    check(code == 0 and not err and text.startswith("usage: qtrail %s " % c), c + " --help", text, err)
    check(run(c, "-h") == (0, text, "") and run("help", c) == (0, text, ""), c + ": -h and help are the same")
    check(max(map(len, text.split("\n"))) <= 100, c + ": help has no line beyond 100 columns")
    code, out, err = run(c, "--no-such-option")
    check(code == 2 and not out and err.startswith("qtrail %s: " % c) and "qtrail %s --help" % c in err,
          c + ": an unknown option is 2", out, err)
    known = options(text)
    for o in sorted(known):
        # the second one ends it before anything is done, whatever the first one takes
        takes = re.search(re.escape(o) + r"(?:, --[a-z-]+)? [A-Z]", text)
        value = [o + ("=1" if o.startswith("--") else "1")] if takes else [o]
        code, out, err = run(c, *value, "--no-such-option")
        complaint = "unrecognized option '%s'" % o in err or "invalid option -- '%s'" % o[1:] in err
        check(code == 2 and not out and not complaint, "%s takes %s" % (c, o), out, err)
    code, out, err = run(c, "--", "--help")
    check(code in (1, 2) and not out.startswith("usage:"), c + ": after -- nothing is an option", code, out, err)
    page = "%s/contrib/man/qtrail-%s.1" % (ROOT, c)
    check(os.path.exists(page), c + " has a manual page")
    check("qtrail-%s 1" % c in overview, c + " stands in qtrail(1)")
    check("qtrail " + c in readme, c + " stands in the README")
    if os.path.exists(page):
        written = manual(page)
        check(known <= written, c + ": each option of --help is in its manual page", sorted(known - written))
        more = {o for o in written - known if o not in ("-h", "--help", "-")}
        check(not more, c + ": each option of its manual page is in --help", sorted(more))
    completed = bash_completes([c, "-"])
    check(completed == known | {"--help"}, c + ": bash completes each option", sorted(completed ^ known))
check(set(commands) <= bash_completes([""]), "bash completes each command")
check(bash_completes(["tra"]) == {"trace"}, "bash completes a command begun")

# ---- values ----

for left in os.listdir(scratch.name):
    os.remove(scratch.name + "/" + left)
check("bounced" in bash_completes(["search", "--state", ""]), "bash completes states")
db = scratch.name + "/q.db"
run("ingest", "-q", "-d", db, ROOT + "/samples/postfix.log")
check(bash_completes(["search", "-d", db, "--host", "m"]) == {"mx1"}, "bash completes the hosts of the database named",
      bash_completes(["search", "-d", db, "--host", "m"]))
check(bash_completes(["search", "--host", ""]) == set(), "without a database there are none, and no message")
for c in ("trace", "search", "report", "queue"):
    code, out, err = run(c, *(["X"] if c == "trace" else []))
    check(code == 2 and not out and err.startswith("qtrail: "), c + ": no database is 2", out, err)
    code, out, err = run(c, "-d", db, *(["4F75AA9663D"] if c == "trace" else []))
    check(code in (0, 1) and (c == "queue" or code == 0), c + ": an answer is 0", err)

# ---- pages and scripts ----

pages = sorted(os.listdir(ROOT + "/contrib/man"))
for name in ("qtrail.1", "qtrail.conf.5", "qtrail-parsers.5"):
    check(name in pages, "there is " + name)
if shutil.which("mandoc"):
    for name in pages:
        p = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", ROOT + "/contrib/man/" + name], capture_output=True, text=True)
        check(p.returncode == 0, name + " lints clean", p.stdout)
else:
    print("# no mandoc here: pages are not linted")
for shell, script in ("bash", "qtrail.bash"), ("zsh", "_qtrail"), ("fish", "qtrail.fish"):
    if shutil.which(shell):
        p = subprocess.run([shell, "-n", ROOT + "/contrib/completions/" + script], capture_output=True, text=True)
        check(p.returncode == 0 and not p.stderr, script + " is valid " + shell, p.stderr)
    else:
        print("# no %s here: %s is not checked" % (shell, script))
if shutil.which("fish"):
    for line, want in ("qtrail se", {"search"}), ("qtrail queue --js", {"--json"}), ("qtrail search --state bou", {"bounced"}), \
                      ("qtrail queue -d %s --host m" % db, {"mx1"}):
        p = subprocess.run(["fish", "--no-config", "-c", 'source "%s/contrib/completions/qtrail.fish"; complete -C "%s"' % (ROOT, line)],
                           capture_output=True, text=True, env=ENV)
        check(set(p.stdout.split()) == want, "fish completes " + line.replace(db, "DB"), p.stdout, p.stderr)

print("%d passed, %d failed" % (passed, failed))
sys.exit(failed > 0)
