#!/usr/bin/env python3
"""lab.py QTRAIL OUT DEBS SECONDS - starts the hosts, sends the scenarios, gathers what arrived, compares.

Run by lab.sh as the first process of namespaces of its own: when it ends, the kernel ends all
it started. Writes to OUT: a log for each host, sent.jsonl (what was sent and what the servers
answered), arrived.jsonl (what landed in mailboxes and outside), left.json (what is still queued).
"""
import glob, json, os, signal, subprocess, sys, threading, time, traceback

import compare, scenarios
from hosts import BASE, NET, Exim, Host, Postfix, Sendmail, sh, unpack
from wire import Names, Sink, Smtp

BIN, OUT, DEBS, SECONDS = *sys.argv[1:4], int(sys.argv[4])
FILTER = """
scan unix - - n - 10 smtp -o smtp_send_xforward_command=yes -o smtp_tls_security_level=none
127.0.0.1:10025 inet n - n - - smtpd -o content_filter= -o receive_override_options=no_unknown_recipient_checks,no_header_body_checks
 -o smtpd_authorized_xforward_hosts=127.0.0.0/8 -o smtpd_client_restrictions= -o smtpd_sender_restrictions= -o smtpd_recipient_restrictions=permit_mynetworks,reject
"""
INSTANCES = """
587 inet n - n - - smtpd -o syslog_name=postfix/submission
10026 inet n - n - - smtpd -o smtpd_proxy_filter=127.0.0.1:10024 -o smtpd_client_connection_count_limit=10
10025 inet n - n - - smtpd -o smtpd_authorized_xforward_hosts=127.0.0.0/8 -o syslog_name=postfix/after -o mynetworks=127.0.0.0/8 -o smtpd_sender_restrictions=
2526 inet n - n - - smtpd -o smtpd_recipient_restrictions=reject_unverified_recipient,permit
2525 inet n - n - 1 postscreen
smtpd pass - - n - - smtpd
dnsblog unix - - n - 0 dnsblog
tlsproxy unix - - n - 0 tlsproxy
"""


MULTI = """
scan unix - - n - 10 smtp -o smtp_send_xforward_command=yes -o smtp_tls_security_level=none
"""


def make_hosts():
    """The same names and domains in each variant; how they are configured differs."""
    return {"": usual, "b": unusual, "c": indirect, "d": elsewhere}[os.environ.get("LAB_VARIANT", "")]()


PIPED = """
scan unix - n n - 10 pipe flags=Rq user=auto null_sender= argv=/usr/sbin/sendmail -G -i -f ${sender} -- ${recipient}
"""
LMTP = """
scan unix - - n - 10 lmtp -o lmtp_send_xforward_command=yes
127.0.0.1:10025 inet n - n - - smtpd -o content_filter= -o receive_override_options=no_unknown_recipient_checks,no_header_body_checks
 -o smtpd_authorized_xforward_hosts=127.0.0.0/8 -o smtpd_client_restrictions= -o smtpd_sender_restrictions= -o smtpd_recipient_restrictions=permit_mynetworks,reject
"""


def indirect():
    """Links that are hard to see: filters that answer without an ID, over pipes and LMTP, in Exim; mail passed on
    while it comes in; senders and recipients rewritten on the way"""
    filtered = "smtpd -o content_filter=scan%s -o receive_override_options=no_address_mappings\n"
    return [
        Postfix("mx1", 1, OUT, more=PIPED, master=Postfix.MASTER.replace("smtpd\n", filtered % ":dummy", 1), routes={"chain.test": "smtp:[192.0.2.2]"},
                main={"enable_long_queue_ids": "no"}),
        Exim("mx2", 2, OUT, main="log_selector = +millisec +pid +all_parents +received_recipients +sender_on_delivery\nsmtp_accept_max = 100", routes={"chain.test": "192.0.2.3"},
             acl="  warn domains = ! +local_domains\n       control = cutthrough_delivery/defer=spool\n",
             transport="return_path = ${if eq{$original_local_part}{erin}{SRS0=aa=bb=$sender_address_domain=$sender_address_local_part@mx2.test}{$return_path}}"),
        Sendmail("mx3", 3, OUT, routes={"chain.test": "192.0.2.4"}, more="define(`LUSER_RELAY', `local:bob')dnl\nMASQUERADE_AS(`mx3.test')dnl\nFEATURE(`masquerade_envelope')dnl\n"),
        Postfix("mx4", 4, OUT, iso=False, more=LMTP, master=Postfix.MASTER.replace("smtpd\n", filtered % ":[127.0.0.1]:10024", 1), main={
            "enable_long_queue_ids": "yes", "default_destination_recipient_limit": "1", "smtp_destination_recipient_limit": "1", "sender_bcc_maps": "regexp:/etc/postfix/bcc",
            "recipient_bcc_maps": "regexp:/etc/postfix/bcc", "propagate_unmatched_extensions": "canonical, virtual, alias"}),
        Exim("mx5", 5, OUT, main="log_selector = +smtp_confirmation +queue_time +deliver_time", filtered=True),
        Sendmail("mx6", 6, OUT, iso=False, level=10, more="define(`confMAX_RCPTS_PER_MESSAGE', `100')dnl\nQUEUE_GROUP(`mqueue', `P=/var/spool/mqueue, r=2')dnl\n"),
        Postfix("mx7", 7, OUT, more=INSTANCES + FILTER.replace("-o smtp_send_xforward_command=yes", "").replace("127.0.0.1:10025", "127.0.0.1:10027"),
                master=Postfix.MASTER.replace("smtpd\n", filtered % ":[127.0.0.1]:10028", 1), main={
            "enable_long_queue_ids": "yes", "smtp_generic_maps": "regexp:/etc/postfix/canonical", "address_verify_map": "btree:/var/lib/postfix/verify", "soft_bounce": "no",
            "prepend_delivered_header": "command, file, forward", "postscreen_access_list": "permit_mynetworks", "postscreen_cache_map": "btree:/var/lib/postfix/postscreen",
            "smtpd_relay_before_recipient_restrictions": "yes", "local_header_rewrite_clients": "permit_mynetworks", "smtpd_client_port_logging": "yes"}),
    ]


def unusual():
    """Talkative levels, syslog in other forms, two instances on mx1, services that do not answer, limits that are hit"""
    return [
        TwoPostfixes("mx1", 1, OUT, main={"enable_long_queue_ids": "yes", "syslog_name": "mail/in", "debug_peer_list": "192.0.2.8", "debug_peer_level": "1",
                                          "smtpd_log_access_permit_actions": "static:all", "multi_instance_enable": "yes"}, more=MULTI,
                     master=Postfix.MASTER.replace("smtpd\n", "smtpd -o content_filter=scan:[127.0.0.1]:10024\n", 1), routes={"chain.test": "smtp:[192.0.2.2]"}),
        Exim("mx2", 2, OUT, main="log_selector = +all -pid -millisec +tls_cipher\nlog_timezone = true\nlog_file_path = syslog\nsyslog_timestamp = false\n"
             "syslog_processname = exim4-in\nsplit_spool_directory = true\nsmtp_accept_max = 100", routes={"chain.test": "192.0.2.3"},
             transport="hosts_require_tls = 192.0.2.6\n  max_rcpt = 7\n  connection_max_messages = 2"),
        Sendmail("mx3", 3, OUT, level=22, routes={"chain.test": "192.0.2.4"}, more="define(`confFAST_SPLIT', `1')dnl\ndefine(`confMAX_QUEUE_CHILDREN', `4')dnl\n"
                 "QUEUE_GROUP(`lists', `P=/var/spool/mqueue, r=7')dnl\ndefine(`confCOPY_ERRORS_TO', `Postmaster')dnl\ndefine(`confREJECT_MSG', `550 go away')dnl\n"
                 "define(`confDOUBLE_BOUNCE_ADDRESS', `root')dnl\ndefine(`confMAX_HOP', `20')dnl\nINPUT_MAIL_FILTER(`gone', `S=inet:9999@127.0.0.1, F=T, T=C:1s')dnl\n"
                 "define(`confINPUT_MAIL_FILTERS', `')dnl\n"),
        Postfix("mx4", 4, OUT, iso=False, main={
            "enable_long_queue_ids": "no", "smtpd_milters": "inet:127.0.0.1:9998", "milter_default_action": "accept", "milter_connect_timeout": "1s",
            "smtpd_tls_loglevel": "3", "smtp_tls_loglevel": "3", "smtpd_reject_footer": "see http://example.test/", "smtpd_tls_ask_ccert": "yes", "smtpd_tls_req_ccert": "no",
            "luser_relay": "bob+$local@mx4.test", "biff": "yes", "soft_bounce": "no",
            "smtpd_discard_ehlo_keywords": "chunking, dsn", "smtp_destination_recipient_limit": "3", "local_destination_recipient_limit": "2",
            "default_destination_concurrency_failed_cohort_limit": "1", "canonical_maps": "regexp:/etc/postfix/canonical",
            "smtpd_client_message_rate_limit": "0", "smtpd_soft_error_limit": "2", "smtpd_hard_error_limit": "4", "hopcount_limit": "6"}),
        Exim("mx5", 5, OUT, main="log_selector = +incoming_port +outgoing_port +received_sender +received_recipients +subject +sender_on_delivery +size_reject +deliver_time +queue_time_overall "
             "+smtp_connection +smtp_incomplete_transaction +smtp_no_mail +smtp_protocol_error +smtp_syntax_error +lost_incoming_connection +unknown_in_list +retry_defer +skip_delivery +arguments "
             "+address_rewrite +all_parents +connection_reject +etrn +host_lookup_failed +queue_run +tls_peerdn +tls_sni +proxy +dnssec +msg_id +msg_id_created +return_path_on_delivery -tls_cipher\n"
             "log_file_path = syslog\nsyslog_pid = false\nsyslog_duplication = false\nqueue_only_load = 0.01\nsmtp_max_unknown_commands = 2\nsmtp_accept_max_nonmail = 5\nwrite_rejectlog = true",
             chunking=":", transport="hosts_avoid_tls = *\n  return_path_add"),
        Sendmail("mx6", 6, OUT, level=12, iso=False, privacy="needmailhelo,authwarnings", more="define(`confDELIVERY_MODE', `interactive')dnl\n"
                 "INPUT_MAIL_FILTER(`gone', `S=inet:9999@127.0.0.1, T=C:1s')dnl\ndefine(`confMAX_RCPTS_PER_MESSAGE', `10')dnl\nFEATURE(`greet_pause', `500')dnl\n"
                 "FEATURE(`delay_checks')dnl\nFEATURE(`ratecontrol', `nodelay')dnl\n"),
        Postfix("mx7", 7, OUT, more=INSTANCES, main={
            "enable_long_queue_ids": "no", "soft_bounce": "yes", "notify_classes": "2bounce, bounce, data, delay, policy, protocol, resource, software",
            "smtpd_recipient_restrictions": "check_policy_service inet:127.0.0.1:9997, permit", "smtpd_policy_service_timeout": "1s", "smtpd_policy_service_max_idle": "1s",
            "smtpd_policy_service_default_action": "DUNNO", "smtpd_policy_service_try_limit": "1", "address_verify_map": "btree:/var/lib/postfix/verify",
            "smtpd_client_port_logging": "yes", "in_flow_delay": "1s",
            "smtp_fallback_relay": "[mx4.lab.test]", "strict_rfc821_envelopes": "yes", "reject_code": "554", "smtpd_authorized_xclient_hosts": "192.0.2.8",
            "postscreen_access_list": "permit_mynetworks", "postscreen_cache_map": "btree:/var/lib/postfix/postscreen"}),
    ]


def elsewhere():
    """Logs that were gathered: clocks minutes apart, stamps and names in other forms, a night in the middle, all that can be logged"""
    return [
        Postfix("mx1", 1, OUT, form="5424", full=True, skew=170, rotate=True, main={"enable_long_queue_ids": "yes", "smtp_tls_loglevel": "1", "smtpd_tls_loglevel": "1",
                "smtpd_client_port_logging": "yes", "smtp_connection_cache_on_demand": "yes", "smtp_connection_cache_destinations": "mx2.test"}, more=FILTER,
                master=Postfix.MASTER.replace("smtpd\n", "smtpd -o content_filter=scan:[127.0.0.1]:10024 -o receive_override_options=no_address_mappings\n", 1),
                routes={"chain.test": "smtp:[192.0.2.2]"}),
        Exim("mx2", 2, OUT, rotate=True, main="log_selector = +all +millisec +pid\nlog_timezone = true\nsmtp_accept_max = 100\nsmtp_accept_max_per_connection = 100",
             routes={"chain.test": "192.0.2.3"}),
        Sendmail("mx3", 3, OUT, form="bsd", full=True, skew=-140, rotate=True, level=14, routes={"chain.test": "192.0.2.4"}),
        Postfix("mx4", 4, OUT, form="bsd", skew=65, rotate=True, main={"enable_long_queue_ids": "no", "smtp_tls_loglevel": "1"}),
        Exim("mx5", 5, OUT, form="5424", skew=-100, rotate=True, main="log_selector = +all\nlog_file_path = syslog\nsyslog_timestamp = false\nsyslog_duplication = false"),
        Sendmail("mx6", 6, OUT, form="5424", full=True, skew=120, rotate=True, level=14, more="define(`confDELIVERY_MODE', `background')dnl\n"),
        Postfix("mx7", 7, OUT, form="iso", full=True, skew=-175, rotate=True, more=INSTANCES, main={
            "enable_long_queue_ids": "yes", "address_verify_map": "btree:/var/lib/postfix/verify", "syslog_name": "postfix", "smtpd_client_port_logging": "yes", "soft_bounce": "no",
            "postscreen_access_list": "permit_mynetworks", "postscreen_cache_map": "btree:/var/lib/postfix/postscreen"}),
    ]


def usual():
    route = dict
    return [
        Postfix("mx1", 1, OUT, main={"enable_long_queue_ids": "no"},
                more=FILTER, master=Postfix.MASTER.replace("smtpd\n", "smtpd -o content_filter=scan:[127.0.0.1]:10024 -o receive_override_options=no_address_mappings\n", 1),
                routes=route({"chain.test": "smtp:[192.0.2.2]"})),
        Exim("mx2", 2, OUT, main="smtp_accept_max = 100\nsmtp_accept_max_per_connection = 100", routes=route({"chain.test": "192.0.2.3"})),
        Sendmail("mx3", 3, OUT, iso=False, routes=route({"chain.test": "192.0.2.4"})),
        Postfix("mx4", 4, OUT, maillog=True, main={"enable_long_queue_ids": "yes"}),
        Exim("mx5", 5, OUT, main="log_selector = +all\nlog_file_path = syslog\nsyslog_duplication = true", chunking=":"),
        Sendmail("mx6", 6, OUT, level=14, privacy="needmailhelo", more="define(`confDELIVERY_MODE', `queueonly')dnl\n"),
        Postfix("mx7", 7, OUT, iso=False, more=INSTANCES, main={
            "enable_long_queue_ids": "yes", "always_bcc": "auto@mx7.test", "notify_classes": "2bounce, bounce, delay, policy, protocol, resource, software",
            "address_verify_map": "btree:/var/lib/postfix/verify", "address_verify_poll_count": "3", "address_verify_poll_delay": "1s", "unverified_recipient_reject_code": "550",
            "postscreen_access_list": "permit_mynetworks", "postscreen_dnsbl_sites": "bl.lab.test", "postscreen_dnsbl_action": "enforce", "postscreen_greet_action": "enforce",
            "postscreen_greet_wait": "1s", "postscreen_cache_map": "btree:/var/lib/postfix/postscreen", "postscreen_pipelining_enable": "yes", "postscreen_bare_newline_enable": "yes",
            "postscreen_non_smtp_command_enable": "yes", "smtpd_tls_loglevel": "2", "smtp_tls_loglevel": "2", "smtp_tls_note_starttls_offer": "yes", "smtpd_client_port_logging": "yes",
            "smtpd_delay_reject": "no", "smtp_connection_cache_on_demand": "yes", "smtp_connection_cache_destinations": "mx4.test", "soft_bounce": "no",
            "enable_original_recipient": "yes", "confirm_delay_cleared": "yes", "info_log_address_format": "internal"}),
    ]


# host, port, port to hand it back to, how it answers
FILTERS = {"c": [("mx4", "10024", "10025", "lmtp"), ("mx5", "10024", "10025"), ("mx7", "10024", "10025"), ("mx7", "10028", "10027", "plain")]}


class TwoPostfixes(Postfix):
    """A second instance takes what the filter hands back"""

    def start(self):
        main = self.MAIN.format(full=self.full, domain=self.domain, lifetime=34)
        self.write("/etc/postfix-out/main.cf", main + "queue_directory = /var/spool/postfix-out\ndata_directory = /var/lib/postfix-out\nmulti_instance_name = postfix-out\n"
                   "multi_instance_enable = yes\nsmtpd_client_restrictions =\nsmtpd_sender_restrictions =\nsmtpd_recipient_restrictions = permit_mynetworks, reject\nheader_checks =\n"
                   "smtpd_authorized_xforward_hosts = 127.0.0.0/8\nmaster_service_disable = smtp.inet\n")
        self.write("/etc/postfix-out/master.cf", self.MASTER.lstrip() + "127.0.0.1:10025 inet n - n - - smtpd\n")
        for name in ("dynamicmaps.cf", "postfix-files"):
            self.run("cp", "/etc/postfix/" + name, "/etc/postfix-out/" + name, check=False)
        self.run("mkdir", "-p", "/var/spool/postfix-out", "/var/lib/postfix-out")
        self.run("chown", "postfix", "/var/lib/postfix-out")
        self.run("postconf", "-e", "multi_instance_directories = /etc/postfix-out", "multi_instance_wrapper = ${command_directory}/postmulti -p --")
        super().start()

    def queue(self):
        return super().queue() + self.lines("postqueue", "-c", "/etc/postfix-out", "-j")


def names(hosts):
    table = {}
    for h in hosts:
        table[(h.full, "A")] = [h.ip]
        for d in (h.domain, "virtual." + h.domain, "box." + h.domain):
            table[(d, "MX")] = [h.full]
        table[(".".join(reversed(h.ip.split("."))) + ".in-addr.arpa", "PTR")] = [h.full]
    for name, n in (("client", 8), ("out", 9), ("spam", 66)):
        table[(name + ".lab.test", "A")] = [NET + str(n)]
        table[("%d.2.0.192.in-addr.arpa" % n, "PTR")] = [name + ".lab.test"]
    table[("out.test", "MX")] = table[("gate.test", "MX")] = ["out.lab.test"]
    table[("closed.test", "MX")] = ["client.lab.test"]       # nothing listens there
    table[("nullmx.test", "MX")] = ["."]
    table[("66.2.0.192.bl.lab.test", "A")] = ["127.0.0.2"]
    table[("66.2.0.192.bl.lab.test", "TXT")] = ["listed for the lab"]
    for d in ("chain.test", "pipe.test", "error.test", "retry.test", "discard.test"):
        table[(d, "MX")] = ["mx1.lab.test"]
    return table


def ground():
    """The lab's own ground: a memory file system and a bridge, in namespaces nobody else sees."""
    sh("mount", "-t", "tmpfs", "tmpfs", "/run")
    os.makedirs(BASE)
    os.makedirs("/run/netns")
    sh("ip", "link", "set", "lo", "up")
    sh("ip", "link", "add", "br0", "type", "bridge")
    for n in (8, 9, 53, 66):
        sh("ip", "addr", "add", "%s%d/24" % (NET, n), "dev", "br0")
    sh("ip", "link", "set", "br0", "up")
    sh("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3", "-subj", "/CN=lab.test",
       "-keyout", BASE + "/key.pem", "-out", BASE + "/cert.pem")


def messages(path):
    """Those of an mbox file; addresses in its From lines may be any bytes, which module mailbox minds"""
    if not os.path.isfile(path):
        return []
    with open(path, "rb") as f:
        return [m.partition(b"\n")[2] for m in (b"\n" + f.read()).split(b"\nFrom ")[1:]]


def gather(hosts, sink):
    with open(os.path.join(OUT, "arrived.jsonl"), "w") as f:
        for h in hosts:
            for path in h.mailboxes():
                for m in messages(path):
                    f.write(json.dumps({"host": h.name, "box": os.path.basename(path), "message": m.decode("latin-1")}) + "\n")
        if os.path.exists(sink.path):
            for line in open(sink.path):
                f.write(json.dumps({"host": "out", **json.loads(line)}) + "\n")
    with open(os.path.join(OUT, "left.json"), "w") as f:
        json.dump({h.name: h.queue() for h in hosts}, f)


def too_long(signum, frame):
    print("not ok the lab is not done after %s s\n0 passed, 1 failed" % SECONDS, flush=True)
    os._exit(1)


def main():
    began = time.time()
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(SECONDS)
    for old in glob.glob(os.path.join(OUT, "*")):
        os.remove(old)
    os.environ["TZ"] = "UTC"
    time.tzset()
    ground()
    unpack(DEBS)
    hosts = make_hosts()
    Names(NET + "53", names(hosts)).start()
    for h in hosts:
        h.prepare()
    failed = []

    def begin(h):
        try:
            h.start()
        except Exception as e:
            failed.append(e)

    starts = [threading.Thread(target=begin, args=(h,)) for h in hosts]
    sink = Sink(BASE + "/sink.jsonl")
    Smtp(NET + "9", 25, sink).start()
    for t in starts:
        t.start()
    for t in starts:
        t.join()
    for e in failed:
        print("lab: does not start:", e, file=sys.stderr)
    if failed:
        print("0 passed, 1 failed")
        return 2
    here = os.path.dirname(os.path.abspath(__file__))
    for name, *how in FILTERS.get(os.environ.get("LAB_VARIANT", ""), [("mx1",), ("mx7",)]):
        subprocess.Popen(["ip", "netns", "exec", name, sys.executable, os.path.join(here, "filter.py"), *how])
    print("# %d hosts up after %.0f s" % (len(hosts), time.time() - began), flush=True)
    trouble = False
    try:
        with open(os.path.join(OUT, "sent.jsonl"), "w") as f:
            scenarios.Lab({h.name: h for h in hosts}, sink, f).run()
        gather(hosts, sink)
    except Exception:
        trouble = True
        traceback.print_exc()
    finally:
        for h in hosts:
            h.stop()
        time.sleep(1)
        for h in hosts:
            h.collect()
        with open(os.path.join(OUT, "skew.json"), "w") as f:
            json.dump({h.name: h.options.get("skew", 0) for h in hosts}, f)
        with open(os.path.join(OUT, "logs.json"), "w") as f:
            json.dump({h.name: h.rotate() if h.options.get("rotate") else h.logs() for h in hosts}, f)
    if trouble:
        print("0 passed, 1 failed")
        return 2
    print("# sent and settled after %.0f s" % (time.time() - began), flush=True)
    return compare.main(BIN, OUT)


if __name__ == "__main__":
    sys.exit(main())
