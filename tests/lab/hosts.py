"""hosts.py - the mail hosts of the lab: each a root of its own (the system below, its packages above),
a network namespace with one address, and a configuration as small as the scenarios allow.

A host's start() leaves a running server. Logs are written to the lab's output directory.
"""
import glob, gzip, json, os, shutil, subprocess, time

from wire import Syslog

USERS = ["alice", "bob", "carol", "dave", "erin", "sender", "list", "auto", "late"]
SYSTEM = [("postfix", 901), ("postdrop", 902), ("Debian-exim", 903), ("smmta", 904), ("smmsp", 905)]
NET = "192.0.2."
BASE = "/run/lab"          # a memory file system, made by lab.py


def sh(*command, **kw):
    return subprocess.run(command, check=True, capture_output=True, text=True, **kw).stdout


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)


def unpack(debs):
    """One tree for each program. A /bin or /lib would hide the system's: into /usr with it."""
    for kind in ("postfix", "exim", "sendmail"):
        tree = os.path.join(BASE, "packages", kind)
        os.makedirs(tree)
        for deb in sorted(glob.glob(os.path.join(debs, kind, "*.deb"))):
            sh("dpkg-deb", "-x", deb, tree)
        for d in ("bin", "sbin", "lib", "lib64"):
            if os.path.isdir(os.path.join(tree, d)):
                shutil.copytree(os.path.join(tree, d), os.path.join(tree, "usr", d), symlinks=True, dirs_exist_ok=True)
                shutil.rmtree(os.path.join(tree, d))


class Host:
    kind = None

    def __init__(self, name, number, out, **options):
        self.name, self.ip, self.options = name, NET + str(number), options
        self.full = name + ".lab.test"
        self.root = os.path.join(BASE, name)
        self.log = os.path.join(out, name + ".log")
        self.domain = options.get("domain", name + ".test")

    def at(self, path):
        return self.root + path

    def write(self, path, text, mode=0o644):
        write(self.at(path), text, mode)

    def run(self, *command, check=True, input=None, user=None, timeout=60):
        """A command on this host. Returns its output (both streams)."""
        to = ["chroot"] + (["--userspec=%s:%s" % (user, user)] if user else []) + [self.root]
        r = subprocess.run(["ip", "netns", "exec", self.name, "unshare", "--uts", "sh", "-c", 'hostname "$1"; shift; exec "$@"', "sh", self.full]
                           + to + list(command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=None if input is not None else subprocess.DEVNULL,
                           input=input, timeout=timeout, cwd="/", env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": "/root"})
        text = r.stdout.decode("utf-8", "replace")
        if check and r.returncode:
            raise RuntimeError("%s: %s: exit code %d: %s" % (self.name, " ".join(command), r.returncode, text.strip()[:2000]))
        return text

    def make_root(self):
        upper, work = os.path.join(BASE, "upper", self.name), os.path.join(BASE, "work", self.name)
        for d in (upper, work, self.root):
            os.makedirs(d)
        sh("mount", "-t", "overlay", "overlay", "-o", "lowerdir=%s:/,upperdir=%s,workdir=%s"
           % (os.path.join(BASE, "packages", self.kind), upper, work), self.root)
        sh("mount", "-t", "proc", "proc", self.at("/proc"))
        for d in ("/dev", "/run", "/tmp", "/var/mail", "/var/log", "/home"):
            os.makedirs(self.at(d), exist_ok=True)
            sh("mount", "-t", "tmpfs", "-o", "mode=%s" % ("1777" if d in ("/tmp", "/var/mail") else "755"), "tmpfs", self.at(d))
        for d in ("null", "zero", "full", "random", "urandom"):
            sh("cp", "-a", "/dev/" + d, self.at("/dev/" + d))
        sh("ln", "-s", "/proc/self/fd", self.at("/dev/fd"))
        self.write("/etc/hosts", "127.0.0.1 localhost\n%s %s %s\n" % (self.ip, self.full, self.name))
        self.write("/etc/resolv.conf", "nameserver %s53\noptions timeout:2 attempts:1\n" % NET)
        self.write("/etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\nprotocols: files\n")
        self.write("/etc/mailname", self.full + "\n")
        self.users()
        shutil.copy(os.path.join(BASE, "cert.pem"), self.at("/etc/lab-cert.pem"))
        shutil.copy(os.path.join(BASE, "key.pem"), self.at("/etc/lab-key.pem"))
        os.chown(self.at("/etc/lab-key.pem"), 0, 903)
        os.chmod(self.at("/etc/lab-key.pem"), 0o640)

    def users(self):
        mine = {name for name, _ in SYSTEM} | set(USERS)
        for path in ("/etc/passwd", "/etc/group"):       # the machine may have some of them, with other numbers
            with open(self.at(path)) as f:
                kept = [l for l in f if l.split(":")[0] not in mine]
            self.write(path, "".join(kept))
        with open(self.at("/etc/passwd"), "a") as passwd, open(self.at("/etc/group"), "a") as group:
            for i, u in enumerate(USERS):
                passwd.write("%s:x:%d:%d::/home/%s:/bin/sh\n" % (u, 2001 + i, 2001 + i, u))
                group.write("%s:x:%d:\n" % (u, 2001 + i))
                os.makedirs(self.at("/home/" + u))
                os.chown(self.at("/home/" + u), 2001 + i, 2001 + i)
            for u, n in SYSTEM:
                passwd.write("%s:x:%d:%d::/nonexistent:/usr/sbin/nologin\n" % (u, n, n))
                group.write("%s:x:%d:\n" % (u, n))

    def home(self, user, name, text, mode=0o644):
        self.write("/home/%s/%s" % (user, name), text, mode)
        i = 2001 + USERS.index(user)
        os.chown(self.at("/home/%s/%s" % (user, name)), i, i)

    def network(self):
        sh("ip", "netns", "add", self.name)
        sh("ip", "link", "add", "v" + self.name, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        sh("ip", "link", "set", "v" + self.name, "master", "br0", "up")
        for a in (["link", "set", "lo", "up"], ["addr", "add", self.ip + "/24", "dev", "eth0"], ["link", "set", "eth0", "up"]):
            sh("ip", "-n", self.name, *a)

    def prepare(self):
        self.make_root()
        self.network()
        o = self.options
        form = o.get("form", "iso" if o.get("iso", True) else "bsd")
        self.syslog = Syslog(self.at("/dev/log"), self.log, self.full if o.get("full") else self.name, form, o.get("skew", 0))
        self.syslog.start()
        self.configure()

    def logs(self):
        return [self.log]

    def collect(self):
        """Copies what the host logged by itself to the output directory."""

    def rotate(self):
        """Cuts each log in two, the older part compressed, as a night in the middle would. Returns their names, oldest first"""
        names = []
        for path in self.logs():
            with open(path, "rb") as f:
                lines = f.read().splitlines(keepends=True)
            with gzip.open(path + ".1.gz", "wb") as f:
                f.writelines(lines[:len(lines) // 2])
            with open(path, "wb") as f:
                f.writelines(lines[len(lines) // 2:])
            names += [path + ".1.gz", path]
        return names

    def mailboxes(self):
        return glob.glob(self.at("/var/mail/*"))


class Postfix(Host):
    kind = "postfix"
    MASTER = """
smtp inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
pipe unix - n n - - pipe flags=DRhu user=auto argv=/usr/bin/tee /tmp/piped
"""
    MAIN = """
compatibility_level = 3.6
myhostname = {full}
mydomain = {domain}
mydestination = {full}, {domain}, localhost, chain.test
mynetworks = 127.0.0.0/8 192.0.2.0/28
inet_protocols = ipv4
smtp_bind_address =
alias_maps = hash:/etc/aliases
alias_database = hash:/etc/aliases
allow_mail_to_commands = alias,forward,include
allow_mail_to_files = alias,forward,include
mail_spool_directory = /var/mail
smtpd_tls_cert_file = /etc/lab-cert.pem
smtpd_tls_key_file = /etc/lab-key.pem
smtpd_tls_security_level = may
smtpd_tls_loglevel = 1
smtp_tls_security_level = may
smtp_tls_loglevel = 1
smtpd_tls_received_header = yes
smtputf8_enable = yes
message_size_limit = 400000
mailbox_size_limit = 0
queue_run_delay = 3s
minimal_backoff_time = 3s
maximal_backoff_time = 6s
maximal_queue_lifetime = {lifetime}s
bounce_queue_lifetime = {lifetime}s
delay_warning_time = 9s
smtpd_recipient_limit = 60
smtpd_client_event_limit_exceptions = 192.0.2.0/24
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access regexp:/etc/postfix/rcpt-access, reject_unlisted_recipient
smtpd_helo_restrictions = permit_mynetworks, reject_invalid_helo_hostname
smtpd_client_restrictions = permit_mynetworks, reject_rbl_client bl.lab.test
smtpd_sender_restrictions = reject_unknown_sender_domain
smtpd_reject_unlisted_sender = no
smtpd_error_sleep_time = 0
header_checks = regexp:/etc/postfix/header-checks
transport_maps = regexp:/etc/postfix/transport
virtual_alias_domains = virtual.{domain}
virtual_alias_maps = hash:/etc/postfix/virtual
virtual_mailbox_domains = box.{domain}
virtual_mailbox_maps = static:alice
virtual_mailbox_base = /var/mail
virtual_uid_maps = static:2001
virtual_gid_maps = static:2001
recipient_delimiter = +
luser_relay =
"""

    def configure(self):
        o = self.options
        main = self.MAIN.format(full=self.full, domain=self.domain, lifetime=o.get("lifetime", 34))
        for k, v in o.get("main", {}).items():
            main += "%s = %s\n" % (k, v)
        if o.get("maillog"):
            main += "maillog_file = /var/log/mail.log\n"
        self.write("/etc/postfix/main.cf", main)
        self.write("/etc/postfix/master.cf", o.get("master", self.MASTER).lstrip() + o.get("more", ""))
        shutil.copy(self.at("/usr/share/postfix/dynamicmaps.cf"), self.at("/etc/postfix/dynamicmaps.cf"))
        self.write("/etc/postfix/transport", "".join("/@%s$/ %s\n" % (d.replace(".", r"\."), t) for d, t in o.get("routes", {}).items())
                   + "/@pipe\\.test$/ pipe\n/@error\\.test$/ error:5.7.1 no mail for this domain\n/@retry\\.test$/ retry:4.3.0 later\n/@discard\\.test$/ discard:silently\n")
        self.write("/etc/postfix/rcpt-access", "/^hold-/ HOLD by rule\n/^toss-/ DISCARD by rule\n/^warn-/ WARN by rule\n/^no-/ 554 5.7.1 not here\n/^later-/ 450 4.7.1 not now\n"
                   "/^redir-/ REDIRECT bob@%s\n/^filt-/ PREPEND X-Rule: yes\n" % self.domain)
        self.write("/etc/postfix/header-checks", "/^Subject: .*reject-me/ REJECT bad subject\n/^Subject: .*discard-me/ DISCARD by header\n/^Subject: .*warn-me/ WARN look\n"
                   "/^Subject: .*hold-me/ HOLD by header\n/^Subject: .*prepend-me/ PREPEND X-Header: yes\n/^Subject: .*redirect-me/ REDIRECT carol@%s\n"
                   "/^Subject: .*bcc-me/ BCC dave@%s\n/^Subject: .*replace-me/ REPLACE Subject: replaced\n"
                   "/^Subject: .*route-me/ FILTER smtp:[192.0.2.4]\n" % (self.domain, self.domain))
        self.write("/etc/postfix/bcc", "/^bob@/ dave@%s\n/^sänder@/ carol@mx2.test\n" % self.domain)
        self.write("/etc/postfix/canonical", "/^alice@%s$/ alice+canon@%s\n" % (self.domain, self.domain))
        members = ["m%02d@mx%d.test" % (i, 1 + i % 4) for i in range(40)]
        self.write("/etc/postfix/virtual", "all@virtual.{0} alice@{0} bob@{0} carol@mx2.test\none@virtual.{0} dave@{0}\n".format(self.domain))
        self.write("/etc/aliases", "postmaster: root\nroot: carol\nteam: alice, bob, carol@mx2.test, tmp-team@out.test\nto-file: /tmp/spooled\nto-null: /dev/null\n"
                   "to-pipe: \"|/usr/bin/tee /tmp/piped-alias\"\nbad-pipe: \"|exit 69\"\ntemp-pipe: \"|exit 75\"\nloop1: loop2\nloop2: loop1\nmembers: :include:/etc/members\nowner-members: sender\n"
                   "empty: :include:/etc/nothing-there\n"
                   + "".join("m%02d: alice\n" % i for i in range(40)))
        self.write("/etc/members", "\n".join(members) + "\n")
        self.home("dave", ".forward", "\\dave, carol@mx2.test, fwd-dave@out.test\n")
        self.home("erin", ".forward", "erin@mx3.test\n")
        for p in ("/usr/sbin/postqueue", "/usr/sbin/postdrop"):
            os.chown(self.at(p), 0, 902)
            os.chmod(self.at(p), 0o2755)
        os.makedirs(self.at("/var/lib/postfix"), exist_ok=True)
        os.chown(self.at("/var/lib/postfix"), 901, 901)

    def start(self):
        self.run("newaliases")
        self.run("postmap", "hash:/etc/postfix/virtual")
        self.run("postfix", "start")

    def stop(self):
        self.run("postfix", "stop", check=False)

    def collect(self):
        if self.options.get("maillog"):
            shutil.copy(self.at("/var/log/mail.log"), self.log)

    def queue(self):
        """(queue ID, queue name) of everything in the queue"""
        return self.lines("postqueue", "-j")

    def lines(self, *command):
        found = map(json.loads, [l for l in self.run(*command, check=False).splitlines() if l.startswith("{")])
        return [(m["queue_id"], m["queue_name"]) for m in found]

    def flush(self):
        self.run("postqueue", "-f", check=False)


class Exim(Host):
    kind = "exim"
    CONF = r"""
{main}
primary_hostname = {full}
domainlist local_domains = {full} : {domain}
domainlist relay_to = *
hostlist relay_from = 127.0.0.1 : 192.0.2.0/28
local_interfaces = 127.0.0.1 : {ip}{back}
smtp_active_hostname = {full}
acl_smtp_mail = acl_mail
acl_smtp_rcpt = acl_rcpt
acl_smtp_data = acl_data
acl_smtp_vrfy = accept
host_lookup = *
rfc1413_query_timeout = 0s
keep_environment =
dns_ipv4_lookup = *
tls_advertise_hosts = *
tls_certificate = /etc/lab-cert.pem
tls_privatekey = /etc/lab-key.pem
dsn_advertise_hosts = *
chunking_advertise_hosts = *
smtputf8_advertise_hosts = *
prdr_enable = true
message_size_limit = 400000
ignore_bounce_errors_after = 20s
timeout_frozen_after = 60s
delay_warning = 9s
return_size_limit = 10K
trusted_users = root
untrusted_set_sender = *
recipients_max = 60
begin acl
acl_mail:
  deny senders = bad@out.test
       message = sender refused
  accept
acl_rcpt:
  accept hosts = :
  deny dnslists = bl.lab.test
       message = listed at $dnslist_domain
  deny message = Restricted characters in address
       local_parts = ^[./|]
  deny local_parts = ^no-
       message = not here
  defer local_parts = ^later-
       message = not now
  discard local_parts = ^toss-
       log_message = by rule
  warn local_parts = ^warn-
       log_message = look: $local_part
  drop local_parts = ^drop-
       message = good bye
{acl}  require message = relay not permitted
       hosts = +relay_from
  accept domains = +local_domains
         verify = recipient
         endpass
         message = unknown user
  accept
acl_data:
  deny condition = ${{if match{{$h_subject:}}{{reject-me}}}}
       message = bad subject
  discard condition = ${{if match{{$h_subject:}}{{discard-me}}}}
       log_message = by subject
  warn condition = ${{if match{{$h_subject:}}{{hold-me}}}}
       control = freeze
  warn condition = ${{if match{{$h_subject:}}{{warn-me}}}}
       log_message = look at this
  warn condition = ${{if match{{$h_subject:}}{{queue-me}}}}
       control = queue_only
  warn condition = ${{if match{{$h_subject:}}{{fake-me}}}}
       control = fakereject
  accept
begin routers
{filter}
{routers}
dns:
  driver = dnslookup
  domains = ! +local_domains
  transport = smtp
  ignore_target_hosts = 127.0.0.0/8
  no_more
aliases:
  driver = redirect
  data = ${{lookup{{$local_part}}lsearch{{/etc/aliases}}}}
  allow_fail
  allow_defer
  qualify_domain = {domain}
  file_transport = file
  pipe_transport = pipe
  reply_transport = reply
  errors_to = ${{if eq{{$local_part}}{{members}}{{sender@{domain}}}{{$sender_address}}}}
forward:
  driver = redirect
  check_local_user
  file = $home/.forward
  no_verify
  no_expn
  check_ancestor
  allow_filter
  file_transport = file
  pipe_transport = pipe
  reply_transport = reply
local:
  driver = accept
  check_local_user
  local_part_suffix = +*
  local_part_suffix_optional
  transport = box
  cannot_route_message = Unknown user
begin transports
smtp:
  driver = smtp
  hosts_try_prdr = *
  hosts_try_chunking = {chunking}
  tls_tempfail_tryclear = true
  {transport}
scan:
  driver = smtp
  port = 10024
  allow_localhost
  hosts_try_chunking =
  hosts_avoid_tls = *
box:
  driver = appendfile
  file = /var/mail/$local_part_data
  delivery_date_add
  envelope_to_add
  return_path_add
  mode = 0660
file:
  driver = appendfile
  user = auto
  envelope_to_add
pipe:
  driver = pipe
  user = auto
  return_output
reply:
  driver = autoreply
  user = auto
begin retry
*@gate.test * F,60s,3s
* * F,{lifetime}s,3s
begin rewrite
"""

    def configure(self):
        o = self.options
        routers = "".join("to_%s:\n  driver = manualroute\n  domains = %s\n  transport = smtp\n  route_list = * %s byname\n  self = send\n  no_more\n"
                          % (d.replace(".", "_"), d, h) for d, h in o.get("routes", {}).items())
        self.write("/etc/exim4/exim4.conf", self.CONF.format(
            main=o.get("main", ""), full=self.full, domain=self.domain, ip=self.ip, routers=routers, lifetime=o.get("lifetime", 30),
            chunking=o.get("chunking", "*"), transport=o.get("transport", ""), acl=o.get("acl", ""), back=" : 127.0.0.1.10025" if o.get("filtered") else "",
            filter="scan:\n  driver = manualroute\n  condition = ${if !eq{$received_port}{10025}}\n  condition = ${if !eq{$sender_address}{}}\n  transport = scan\n  route_list = * 127.0.0.1 byname\n  self = send\n  no_verify\n"
            if o.get("filtered") else ""))
        self.write("/etc/aliases", "postmaster: carol\nroot: carol\nteam: alice, bob, carol@mx3.test, tmp-team@out.test\nto-file: /tmp/spooled\nto-null: /dev/null\n"
                   "to-pipe: |/bin/true\nbad-pipe: |/bin/false\ntemp-pipe: |/usr/bin/env --nonsense\nnobody: :fail: gone away\nhole: :blackhole:\nwait: :defer: not now\n"
                   "crew: alice, late\nmembers: :include:/etc/members\n" + "".join("m%02d: alice\n" % i for i in range(40)))
        self.write("/etc/members", "\n".join("m%02d@mx%d.test" % (i, 1 + i % 4) for i in range(40)) + "\n")
        self.home("dave", ".forward", "\\dave, carol@mx3.test, fwd-dave@out.test\n")
        self.home("erin", ".forward", "erin@mx3.test\n")
        self.home("auto", ".forward", "# Exim filter\nif personal then mail to $reply_address subject \"Re: away\" text \"I am away\" endif\nunseen save /tmp/auto-saved\n")
        for d in ("/var/spool/exim4", "/var/log/exim4"):
            shutil.rmtree(self.at(d), ignore_errors=True)        # the machine may have an Exim of its own
            os.makedirs(self.at(d), exist_ok=True)
            os.chown(self.at(d), 903, 903)

    def start(self):
        self.run("ln", "-sf", "/usr/sbin/exim4", "/usr/sbin/sendmail")
        self.run("exim4", "-bd", "-q3s")

    def stop(self):
        pid = open(self.at("/run/exim4/exim.pid")).read() if os.path.exists(self.at("/run/exim4/exim.pid")) else ""
        if pid.strip():
            self.run("kill", pid.strip(), check=False)

    def logs(self):
        made = [self.log, self.log.replace(".log", ".rejectlog"), self.log.replace(".log", ".mainlog")]
        return [p for p in made if os.path.exists(p) and os.path.getsize(p)]

    def collect(self):
        for name in ("mainlog", "rejectlog", "paniclog"):
            path = self.at("/var/log/exim4/" + name)
            if os.path.exists(path):
                shutil.copy(path, self.log.replace(".log", "." + name))

    def queue(self):
        return [(l.split()[2], "frozen" if "frozen" in l else "queue") for l in self.run("exim4", "-bp", check=False).splitlines()
                if len(l.split()) >= 4 and l.split()[2].count("-") == 2]

    def flush(self):
        self.run("exim4", "-qf", check=False)


class Sendmail(Host):
    kind = "sendmail"
    BIN = "/usr/libexec/sendmail/sendmail"
    MC = """divert(-1)
include(`/usr/share/sendmail/cf/m4/cf.m4')
divert(0)dnl
OSTYPE(`debian')dnl
define(`confDOMAIN_NAME', `{full}')dnl
undefine(`confHOST_STATUS_DIRECTORY')dnl
define(`confPID_FILE', `/run/sendmail/mta/sendmail.pid')dnl
define(`confLOG_LEVEL', `{level}')dnl
define(`confCACERT', `/etc/lab-cert.pem')dnl
define(`confSERVER_CERT', `/etc/lab-cert.pem')dnl
define(`confSERVER_KEY', `/etc/lab-key.pem')dnl
define(`confCLIENT_CERT', `/etc/lab-cert.pem')dnl
define(`confCLIENT_KEY', `/etc/lab-key.pem')dnl
define(`confDONT_BLAME_SENDMAIL', `GroupReadableKeyFile,GroupWritableIncludeFile,forwardfileinunsafedirpath,IncludeFileInUnsafeDirPath')dnl
define(`confMAX_MESSAGE_SIZE', `400000')dnl
define(`confTO_QUEUEWARN', `9s')dnl
define(`confTO_QUEUERETURN', `{lifetime}s')dnl
define(`confTO_IDENT', `0')dnl
define(`confTO_ICONNECT', `5s')dnl
define(`confMIN_QUEUE_AGE', `0')dnl
define(`confMAX_RCPTS_PER_MESSAGE', `60')dnl
define(`confBAD_RCPT_THROTTLE', `0')dnl
define(`ALIAS_FILE', `/etc/mail/aliases')dnl
define(`LOCAL_MAILER_PATH', `/usr/libexec/sendmail/mail.local')dnl
define(`LOCAL_MAILER_ARGS', `mail.local -l')dnl
define(`confPRIVACY_FLAGS', `{privacy}')dnl
FEATURE(`local_lmtp', `/usr/libexec/sendmail/mail.local', `mail.local -l')dnl
FEATURE(`mailertable', `hash -o /etc/mail/mailertable')dnl
FEATURE(`access_db', `hash -T<TMPF> /etc/mail/access')dnl
FEATURE(`virtusertable', `hash -o /etc/mail/virtusertable')dnl
FEATURE(`use_cw_file')dnl
FEATURE(`blocklist_recipients')dnl
FEATURE(`dnsbl', `bl.lab.test')dnl
FEATURE(`no_default_msa')dnl
{more}
DAEMON_OPTIONS(`Name=MTA, Family=inet, Addr={ip}, Port=25')dnl
DAEMON_OPTIONS(`Name=MTA-lo, Family=inet, Addr=127.0.0.1, Port=25')dnl
DAEMON_OPTIONS(`Name=MSA, Family=inet, Addr={ip}, Port=587, M=E')dnl
MAILER(`local')dnl
MAILER(`smtp')dnl
LOCAL_CONFIG
HSubject: $>CheckSubject
Kquar regex -a@QUAR hold-me
Krej regex -a@REJ reject-me
Kdis regex -a@DIS discard-me
LOCAL_RULESETS
SCheckSubject
R$*		$: $1 $| $(quar $1 $: OK $)
R$* $| @QUAR	$#error $@ quarantine $: held by subject
R$* $| $*	$: $1 $| $(rej $1 $: OK $)
R$* $| @REJ	$#error $@ 5.7.1 $: 550 bad subject
R$* $| $*	$: $1 $| $(dis $1 $: OK $)
R$* $| @DIS	$#discard $: discard
"""
    MSP = """divert(-1)
include(`/usr/share/sendmail/cf/m4/cf.m4')
divert(0)dnl
OSTYPE(`debian')dnl
define(`confDOMAIN_NAME', `{full}')dnl
define(`confLOG_LEVEL', `{level}')dnl
define(`confTO_IDENT', `0')dnl
define(`confMIN_QUEUE_AGE', `0')dnl
define(`MSP_QUEUE_DIR', `/var/spool/mqueue-client')dnl
define(`confRUN_AS_USER', `smmsp')dnl
define(`confTRUSTED_USER', `smmsp')dnl
define(`confPID_FILE', `/run/sendmail/msp/sendmail.pid')dnl
undefine(`confHOST_STATUS_DIRECTORY')dnl
FEATURE(`msp', `[127.0.0.1]', `MSA')dnl
"""

    def configure(self):
        o = self.options
        values = dict(full=self.full, ip=self.ip, level=o.get("level", 9), lifetime=o.get("lifetime", 34), more=o.get("more", ""),
                      privacy=o.get("privacy", "needmailhelo,restrictqrun,restrictmailq,goaway"))
        # "MSA" as a port would be 587, where the loopback does not listen
        self.write("/etc/mail/sendmail.mc", self.MC.format(**values).replace("\n\n", "\n"))
        self.write("/etc/mail/submit.mc", self.MSP.replace(", `MSA'", "").format(**values))
        for name in ("sendmail", "submit"):
            self.write("/etc/mail/%s.cf" % name, self.run("m4", "/etc/mail/%s.mc" % name))
        self.write("/etc/mail/local-host-names", "%s\n%s\nlocalhost\n" % (self.domain, self.full))
        self.write("/etc/mail/mailertable", "".join("%s esmtp:[%s]\n" % r for r in o.get("routes", {}).items()))
        self.write("/etc/mail/access", "Connect:192.0.2.66 OK\nConnect:127.0.0.1 RELAY\n" + "".join("Connect:%s%d RELAY\n" % (NET, i) for i in range(1, 16))
                   + "From:bad@out.test REJECT\nTo:no-x@%s ERROR:5.7.1:550 not here\nTo:later-x@%s ERROR:4.7.1:451 not now\nTo:toss-x@%s DISCARD\nTo:hold-x@%s QUARANTINE:by rule\n"
                   % ((self.domain,) * 4))
        self.write("/etc/mail/virtusertable", "virt@{0} alice@{0}\nnope@{0} error:5.1.1:550 No such person\n".format(self.domain))
        self.write("/etc/mail/aliases", "mailer-daemon: postmaster\npostmaster: root\nroot: carol\nteam: alice, bob, carol@mx4.test, tmp-team@out.test\nto-file: /tmp/spooled\nto-null: /dev/null\n"
                   "to-pipe: \"|/usr/bin/tee /tmp/piped\"\nbad-pipe: \"|exit 69\"\ntemp-pipe: \"|exit 75\"\nloop1: loop2\nloop2: loop1\nmembers: :include:/etc/mail/members\nowner-members: sender\n"
                   + "".join("m%02d: alice\n" % i for i in range(40)))
        self.write("/etc/mail/members", "\n".join("m%02d@mx%d.test" % (i, 1 + i % 4) for i in range(40)) + "\n")
        self.home("dave", ".forward", "\\dave, carol@mx4.test, fwd-dave@out.test\n")
        self.home("erin", ".forward", "erin@mx4.test\n")
        os.chown(self.at(self.BIN), 0, 905)
        os.chmod(self.at(self.BIN), 0o2755)
        self.run("ln", "-sf", self.BIN, "/usr/sbin/sendmail")
        for d, u, m in (("/var/spool/mqueue", 0, 0o700), ("/var/spool/mqueue-client", 905, 0o770), ("/run/sendmail", 0, 0o755),
                        ("/run/sendmail/mta", 0, 0o755), ("/run/sendmail/msp", 905, 0o755)):
            os.makedirs(self.at(d), exist_ok=True)
            os.chown(self.at(d), u, 905)
            os.chmod(self.at(d), m)
        for d in ("/var/run/sendmail/stampdir", "/var/lib/sendmail"):
            os.makedirs(self.at(d), exist_ok=True)

    def start(self):
        for m in ("mailertable", "access", "virtusertable"):
            self.run("/usr/libexec/sendmail/makemap", "hash", "/etc/mail/" + m + ".db", input=open(self.at("/etc/mail/" + m), "rb").read())
        self.run(self.BIN, "-bi")
        self.run(self.BIN, "-L", "sm-mta", "-bd", "-q3s")
        self.run(self.BIN, "-L", "sm-msp-queue", "-Ac", "-q3s")

    def stop(self):
        for p in glob.glob(self.at("/run/sendmail/*/*.pid")):
            self.run("kill", open(p).read().split()[0], check=False)

    def queue(self):
        files = glob.glob(self.at("/var/spool/mqueue/[qhQ]f*")) + glob.glob(self.at("/var/spool/mqueue-client/[qhQ]f*"))
        return [(os.path.basename(f)[2:], "quarantine" if os.path.basename(f).startswith("hf") else "queue") for f in files]

    def flush(self):
        self.run(self.BIN, "-L", "sm-mta", "-q", check=False)
