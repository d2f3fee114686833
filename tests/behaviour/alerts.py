"""Alerts as receivers see them: what arrives, signed how, when it is tried again, and which receivers are not spoken to."""
import base64
import datetime
import fcntl
import glob
import hashlib
import hmac
import json
import os
import shutil
import ssl
import subprocess
import time

from project import contains, same, test
from receiver import Receiver

KEYS = [b"0123456789abcdef0123456789abcdef", b"fedcba9876543210fedcba98"]
SECRETS = {"KEY_A": "whsec_" + base64.b64encode(KEYS[0]).decode(), "KEY_B": "whsec_" + base64.b64encode(KEYS[1]).decode()}
HOOK = "type: webhook, url: \"%s\""
PAUSES_S = [5, 30, 120, 300, 900, 1800, 3600, 7200, 14400, 28800]
DAYS_S = 72 * 3600


def catalog(p, channels, allow=(), to=None, enabled="true"):
    """Asset t, whose check fails while the file holds a number above 9; everything is told to the channels."""
    p.catalog("project: shop\nalerts:\n  enabled: %s\n  allow_private: %s\n  channels:\n%s  routes: [{to: %s}]\n" % (
        enabled, json.dumps(list(allow)), "".join("    %s: {%s}\n" % c for c in channels.items()),
        json.dumps([c.strip('"') for c in to or channels])) +
        "assets:\n  t:\n    path: t.csv\n    exposed: true\n    checks: [{between: {column: x, max: 9}, name: small}]\n")
    p.env.update(SECRETS)


def bad(p):
    p.write("t.csv", "x\n10\n")


def good(p):
    p.write("t.csv", "x\n1\n")


def local(*receivers):
    return ["127.0.0.1:%d" % r.port for r in receivers]


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def text_of(t):
    return t.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def messages(p, *words):
    """Oldest first."""
    return p.json("alerts", "list", *words).expect(0).json[::-1]


def only(p):
    listed = messages(p)
    same(len(listed), 1, "messages in the outbox")
    return listed[0]


def pause_s(message, attempts):
    share = int(hashlib.sha256(("%s.%d" % (message["id"], attempts)).encode()).hexdigest()[:8], 16) / 2 ** 32
    return (PAUSES_S + [12 * 3600] * 20)[attempts - 1] * (0.9 + 0.2 * share)


@test
def a_webhook_is_signed_by_each_secret_and_carries_what_is_stored(p):
    with Receiver() as r:
        catalog(p, {"hook": HOOK % r.url("/h?q=1") + ", secrets: [{env: KEY_A}, {env: KEY_B}], headers: {X-Team: \"a b\"}"}, local(r))
        bad(p)
        p.weir("check").expect(1)
        request, = r.requests
        same((request.method, request.path, request.headers["x-team"]), ("POST", "/h?q=1", "a b"))
        same(request.headers["content-type"], "application/json")
        same(request.headers["webhook-timestamp"], "1715342400")
        signed = b".".join([request.id.encode(), b"1715342400", request.body])
        same(request.headers["webhook-signature"].split(" "),
             ["v1," + base64.b64encode(hmac.new(k, signed, hashlib.sha256).digest()).decode() for k in KEYS])
        stored = only(p)
        same((stored["id"], stored["state"], stored["attempts"], stored["outcome"]), (request.id, "sent", 1, "200 OK"))
        same(p.json("alerts", "list", request.id).json["payload"], request.json)
        same((request.json["type"], request.json["data"]["incidents"][0]["asset"]), ("incident.opened", "t"))


@test
def three_days_of_failures_follow_the_schedule_and_end_in_a_dead_letter(p):
    with Receiver() as r:
        r.script["/h"] = ["500"]
        catalog(p, {"hook": HOOK % r.url("/h") + ", secrets: {env: KEY_A}"}, local(r))
        bad(p)
        done = p.weir("check").expect(1)
        same(len(done.err.splitlines()), 1, done.err)
        contains(done.err, "1 alert could not be sent: hook: 500 Internal Server Error")
        created = now = instant(p.now)
        for attempt in range(1, 40):
            m = only(p)
            if m["state"] == "dead":
                break
            same((m["state"], m["attempts"], len(r.requests)), ("pending", attempt, attempt))
            expected = min((now - created).total_seconds() + pause_s(m, attempt), DAYS_S)
            due = instant(m["next_at"])
            assert abs((due - created).total_seconds() - expected) < 0.001, (attempt, m["next_at"], expected)
            # A moment earlier nothing is due.
            early = text_of(due - datetime.timedelta(microseconds=1))
            p.weir("alerts", "send", now=early).expect(0, "0 sent, 0 failed, 0 given up, 1 waiting")
            now = due
            p.weir("alerts", "send", now=text_of(due)).expect(1)
        same((m["state"], (now - created).total_seconds(), m["attempts"]), ("dead", float(DAYS_S), attempt))
        # Where every pause happens to be short there is one more.
        assert attempt in (16, 17), attempt
        same(len({q.id for q in r.requests}), 1)
        same(len({q.headers["webhook-timestamp"] for q in r.requests}), attempt)
        same(len({q.body for q in r.requests}), 1)
        tries = p.json("alerts", "list", m["id"]).json["tries"]
        same([(t["number"], t["status"]) for t in tries], [(i, 500) for i in range(1, attempt + 1)])
        # It can be tried again by hand.
        later = text_of(now + datetime.timedelta(days=9))
        r.script["/h"] = ["200"]
        p.weir("alerts", "send", now=later).expect(0, "0 sent")
        p.weir("alerts", "retry", m["id"], now=later).expect(0, "1 message is due again")
        p.weir("alerts", "send", now=later).expect(0, "1 sent")
        same((only(p)["state"], r.requests[-1].id), ("sent", m["id"]))


@test
def a_receiver_may_ask_for_patience_but_not_past_the_end(p):
    date = "Fri, 10 May 2024 13:30:00 GMT"
    answers = {"a": ("429:60", 60), "b": ("429:0", None), "c": ("503:1000000000", DAYS_S), "d": ("429:" + date, 5400),
               "e": ("429:soon", None), "f": ("429:-5", None), "g": ("429:99999999999999999999999", None),
               "h": ("500:120", 120), "i": ("429:9223372036854775807", DAYS_S), "j": ("429:Fri, 10 May 2024 11:00:00 GMT", None),
               "k": ("429:1", None)}
    with Receiver() as r:
        for k, (answer, _) in answers.items():
            r.script["/" + k] = [answer]
        catalog(p, {k: HOOK % r.url("/" + k) for k in answers}, local(r))
        bad(p)
        p.weir("check").expect(1)
        for m in messages(p):
            wanted = answers[m["channel"]][1]
            expected = pause_s(m, 1) if wanted is None else wanted
            got = (instant(m["next_at"]) - instant(p.now)).total_seconds()
            assert abs(got - expected) < 0.001, (m["channel"], got, expected)
        # Who asks for a thousand million seconds has one last try.
        end = text_of(instant(p.now) + datetime.timedelta(hours=72))
        p.weir("alerts", "send", now=end).expect(1)
        same({m["state"] for m in messages(p)}, {"dead"})
        same(len(r.to("/c")), 2)


@test
def who_asks_for_patience_is_left_alone_by_all_messages(p):
    with Receiver() as r:
        r.script["/h"] = ["429:3600", "200"]
        catalog(p, {"hook": HOOK % r.url("/h")}, local(r))
        p.catalog(open(p.path("weir.yaml"), encoding="utf-8").read().replace("version: 1\n", "", 1) +
                  "  u:\n    path: t.csv\n    exposed: true\n    checks: [{between: {column: x, max: 9}}]\n")
        bad(p)
        p.weir("check").expect(1)
        same(len(r.requests), 1, "the second message waits as well")
        p.weir("alerts", "send", now="2024-05-10T12:59:00Z").expect(0)
        same(len(r.requests), 1)
        p.weir("alerts", "send", now="2024-05-10T13:10:00Z").expect(0)
        same(len(r.requests), 3)
        same({m["state"] for m in messages(p)}, {"sent"})


@test
def a_gate_that_checks_tells_as_a_check_does(p):
    with Receiver() as r:
        catalog(p, {"hook": HOOK % r.url("/h")}, local(r))
        with open(p.path("weir.yaml"), "a", encoding="utf-8") as f:
            f.write("  u: {depends_on: [t], exposed: true}\n")
        bad(p)
        p.weir("gate", "u", "--run").expect(1, "check_failed")
        same(len(r.requests), 1)
        same(only(p)["state"], "sent")


@test
def gone_is_the_end_at_once(p):
    with Receiver() as r:
        r.script["/h"] = ["410", "200"]
        catalog(p, {"hook": HOOK % r.url("/h")}, local(r))
        bad(p)
        p.weir("check").expect(1)
        same((only(p)["state"], only(p)["outcome"]), ("dead", "410 Gone"))
        p.weir("alerts", "send", now="2024-05-12T12:00:00Z").expect(0, "0 sent")
        p.weir("alerts", "list", "--state", "dead").expect(0, "410 Gone")
        p.weir("alerts", "retry", "--all", "--channel", "other").expect(0, "0 messages")
        p.weir("alerts", "retry", "--all", "--channel", "hook").expect(0, "1 message")
        p.weir("alerts", "send").expect(0, "1 sent, 0 failed, 0 given up, 0 waiting")
        same(len(r.requests), 2)


@test
def who_could_not_be_reached_is_told_anew_while_it_lasts(p):
    with Receiver() as r:
        r.script["/h"] = ["410", "410", "200"]
        catalog(p, {"hook": HOOK % r.url("/h")}, local(r))
        bad(p)
        for now, expected in (("2024-05-10T12:00:00Z", ["dead"]), ("2024-05-11T11:59:59Z", ["dead"]),
                              ("2024-05-11T12:00:00Z", ["dead", "dead"]), ("2024-05-12T12:00:00Z", ["dead", "dead", "sent"]),
                              ("2024-05-19T12:00:00Z", ["dead", "dead", "sent"])):
            p.weir("check", now=now).expect(1)
            same([m["state"] for m in messages(p)], expected, now)
        same([json.loads(q.body)["type"] for q in r.requests], ["incident.opened"] * 3)


@test
def a_clock_that_was_ahead_delays_no_message(p):
    with Receiver() as r:
        r.script["/h"] = ["500", "200"]
        catalog(p, {"hook": HOOK % r.url("/h")}, local(r))
        bad(p)
        p.weir("check", now="2034-05-10T12:00:00Z").expect(1)
        same((only(p)["state"], only(p)["attempts"]), ("pending", 1))
        p.weir("alerts", "send").expect(0, "1 sent")


@test
def hostile_receivers_hurt_nobody(p):
    expected = {"loop": ("pending", "302 Found: redirects are not followed"), "garbage": ("pending", "127.0.0.1: the answer is not HTTP"),
                "silence": ("pending", "127.0.0.1: no answer within 3.0 s"), "drip": ("sent", "200 OK"),
                "dripheader": ("pending", "127.0.0.1: no answer within 3.0 s"), "flood": ("sent", "200 OK"),
                "floodheader": ("pending", "127.0.0.1: the answer has over 65536 bytes of headers"), "close": ("pending", None),
                "201": ("sent", "201 Created"), "204": ("sent", "204 No Content"), "404": ("pending", "404 Not Found"),
                "304": ("pending", None), "999": ("pending", None), "slow:1": ("sent", "200 OK")}
    with Receiver() as r:
        for k in expected:
            r.script["/" + k] = [k]
        catalog(p, {'"%s"' % k: HOOK % r.url("/" + k) + ", timeout: 3s" for k in expected}, local(r))
        bad(p)
        start = time.monotonic()
        p.weir("check").expect(1)
        took = time.monotonic() - start
        for m in messages(p):
            state, outcome = expected[m["channel"]]
            same((m["state"], outcome or m["outcome"]), (state, m["outcome"]), m["channel"])
        same([len(r.to("/" + k)) for k in expected], [1] * len(expected))
        assert r.flooded < 64 << 20, "%d bytes of a flood were read" % r.flooded
        assert took < 15, "it took %.1f s" % took


@test
def a_slow_channel_delays_no_other(p):
    with Receiver() as slow, Receiver() as fast:
        slow.script["/h"] = ["slow:4"]
        catalog(p, {"a": HOOK % slow.url("/h"), "b": HOOK % fast.url("/h"), "c": HOOK % fast.url("/i")}, local(slow, fast))
        bad(p)
        p.weir("check").expect(1)
        first = slow.requests[0].at
        same([len(slow.requests), len(fast.requests)], [1, 2])
        assert all(abs(q.at - first) < 1 for q in fast.requests), [q.at - first for q in fast.requests]
        same({m["state"] for m in messages(p)}, {"sent"})


@test
def what_is_over_is_never_told_before_what_began(p):
    with Receiver() as r:
        r.script["/h"] = ["500", "500", "200"]
        catalog(p, {"hook": HOOK % r.url("/h")}, local(r))
        bad(p)
        p.weir("check", now="2024-05-10T12:00:00Z").expect(1)
        good(p)
        # The end is due now, the beginning is not yet: it waits.
        p.weir("check", now="2024-05-10T12:00:01Z").expect(0)
        same([(m["type"], m["state"], m["attempts"]) for m in messages(p)],
             [("incident.opened", "pending", 1), ("incident.resolved", "pending", 0)])
        p.weir("alerts", "send", now="2024-05-10T12:00:10Z").expect(1)
        same(len(r.requests), 2)
        p.weir("alerts", "send", now="2024-05-10T12:01:00Z").expect(0, "2 sent, 0 failed, 0 given up, 0 waiting")
        same([q.json["type"] for q in r.requests],
             ["incident.opened", "incident.opened", "incident.opened", "incident.resolved"])


@test
def one_process_sends_at_a_time(p):
    with Receiver() as r:
        catalog(p, {"hook": HOOK % r.url("/h")}, local(r))
        bad(p)
        p.weir("fresh")
        with open(p.path(".weir/state.db.send.lock"), "w", encoding="utf-8") as f:
            fcntl.flock(f, fcntl.LOCK_EX)
            same(p.weir("check").expect(1).err, "")
            p.weir("alerts", "send").expect(0, "0 sent, 0 failed, 0 given up")
            same(len(r.requests), 0)
        p.weir("alerts", "send").expect(0, "1 sent")


# Every one of these is a private, loopback, link-local or otherwise special address; PORT is where a receiver listens.
SPELLINGS = """127.0.0.1 127.1 127.0.1 127.255.255.254 2130706433 0x7f000001 0x7f.0.0.1 0x7f.1 0177.0.0.1 017700000001 0177.1
127.0.0.1. 0 0.0.0.0 0x0 00.0.0.0 localhost LOCALHOST localhost. [::1] [::] [0:0:0:0:0:0:0:1] [0000::0001] [::ffff:127.0.0.1]
[::ffff:7f00:1] [0:0:0:0:0:ffff:7f00:0001] [::127.0.0.1] [::7f00:1] [::ffff:0:127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b::7f00:1]
[2002:7f00:1::] [2002:7f00:0001::1] 10.0.0.1 10.255.255.255 0xa.0.0.1 012.0.0.1 167772161 172.16.0.1 172.31.255.254 2886729729
192.168.0.1 192.168.1 0xc0a80001 3232235521 169.254.169.254 169.254.1.1 2852039166 0xa9fea9fe 0251.0376.0251.0376
[::ffff:169.254.169.254] [::ffff:a9fe:a9fe] [64:ff9b::a9fe:a9fe] [2002:a9fe:a9fe::] 100.64.0.1 100.127.255.254 [fe80::1]
[fc00::1] [fd00:ec2::254] [fec0::1] [ff02::1] 224.0.0.1 239.255.255.250 255.255.255.255 240.0.0.1 198.18.0.1 192.0.0.8
[2001::1] [2001:db8::1] [64:ff9b:1::1] 127.0.0.1:PORT@127.0.0.1 example.com@127.0.0.1""".split()


@test
def no_spelling_of_a_private_address_is_connected_to(p):
    with Receiver(address="") as r:
        channels = {}
        for i, host in enumerate(SPELLINGS):
            channels["c%d" % i] = "type: webhook, timeout: 5s, url: {env: URL_%d}" % i
            p.env["URL_%d" % i] = "http://%s:%d/h" % (host.replace("PORT", "%d" % r.port), r.port)
        assert len(channels) >= 60
        catalog(p, channels, ["192.0.2.1", "example.com:%d" % r.port])
        bad(p)
        start = time.monotonic()
        p.weir("check").expect(1)
        assert time.monotonic() - start < 20
        p.weir("alerts", "send")
        same(r.requests, [])
        refused = 0
        for m in messages(p, "--limit", "1000"):
            same((m["state"], m["attempts"]), ("pending", 1), m["channel"])
            words = ("is at the address", "cannot be used", "Could not resolve", "Couldn't resolve")
            assert any(w in m["outcome"] for w in words), (SPELLINGS[int(m["channel"][1:])], m["outcome"])
            refused += "is at the address" in m["outcome"]
        assert refused >= 60, refused


@test
def a_private_receiver_must_be_allowed_with_its_port(p):
    with Receiver() as r, Receiver() as other:
        port = r.port
        for allow, there in (("127.0.0.1:%d" % port, True), ("127.0.0.1", True), ("127.0.0.0/8", True), ("127.0.0.1/32", True),
                             ("127.0.0.1:%d" % other.port, False), ("127.0.0.2", False), ("128.0.0.0/8", False),
                             ("localhost:%d" % port, False), ("[::1]:%d" % port, False), ("0.0.0.0/0", True), ("::/0", True)):
            catalog(p, {"hook": HOOK % r.url("/h")}, [allow])
            same(p.weir("alerts", "test", "hook").status, 0 if there else 1, allow)
        same(len(other.requests), 0)
        # By the name in the URL, at whichever address it has.
        catalog(p, {"hook": HOOK % ("http://localhost:%d/h" % port)}, ["localhost:%d" % port])
        p.weir("alerts", "test", "hook").expect(0, "delivered")
    for wrong in ("127.0.0.1:http", "127.0.0.1/33", "::1/129", "http://host", "a b", "10.0.0.0/x", "[::1"):
        catalog(p, {"hook": HOOK % "https://example.com/h"}, [wrong])
        p.weir("validate").expect(2, "is no receiver that could be allowed")


@test
def the_environment_names_no_proxy_and_the_catalog_may(p):
    with Receiver() as r, Receiver() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy"):
            p.env[name] = proxy.url()
        catalog(p, {"hook": HOOK % r.url("/h")}, local(r, proxy))
        p.weir("alerts", "test", "hook").expect(0)
        same([len(r.requests), len(proxy.requests)], [1, 0])
        catalog(p, {"hook": HOOK % "http://192.0.2.9/h" + ", proxy: \"%s\"" % proxy.url()}, local(r, proxy))
        p.weir("alerts", "test", "hook").expect(0)
        same([len(r.requests), proxy.requests[0].path], [1, "http://192.0.2.9/h"])
        catalog(p, {"hook": HOOK % "http://192.0.2.9/h" + ", proxy: \"%s\"" % proxy.url()}, ["192.0.2.9"])
        p.weir("alerts", "test", "hook").expect(1, "the proxy of 192.0.2.9 is at the address 127.0.0.1")


def certificate(p, name, host, days="30"):
    """A key and a certificate for host, signed by the authority in ca.pem, as a server's context."""
    def openssl(*words):
        subprocess.run(("openssl",) + words, cwd=p.dir, check=True, capture_output=True)
    if not os.path.exists(p.path("ca.pem")):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca")
    p.write(name + ".ext", "subjectAltName=%s\n" % host)
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=x")
    openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", days,
            "-extfile", name + ".ext", "-out", name + ".pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(p.path(name + ".pem"), p.path(name + ".key"))
    return context


@test
def certificates_are_always_verified(p):
    if shutil.which("openssl") is None:
        return "SKIP there is no openssl to make certificates with"
    right, wrong = certificate(p, "right", "IP:127.0.0.1"), certificate(p, "wrong", "DNS:example.com")
    late = certificate(p, "late", "IP:127.0.0.1", "-1")
    old = certificate(p, "old", "IP:127.0.0.1")
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with Receiver(tls=right) as r, Receiver(tls=wrong) as w, Receiver(tls=late) as l, Receiver(tls=old) as o, Receiver() as plain:
        url = "type: webhook, timeout: 5s, url: \"https://127.0.0.1:%d/h\""
        catalog(p, {"own": url % r.port + ", ca_file: ca.pem", "unknown": url % r.port, "wrong": url % w.port + ", ca_file: ca.pem",
                    "late": url % l.port + ", ca_file: ca.pem", "old": url % o.port + ", ca_file: ca.pem",
                    "plain": url % plain.port, "none": url % r.port + ", ca_file: no.pem"}, local(r, w, l, o, plain))
        p.weir("alerts", "test", "own").expect(0, "200 OK")
        p.weir("alerts", "test", "unknown").expect(1, "127.0.0.1: SSL certificate problem: unable to get local issuer certificate")
        p.weir("alerts", "test", "wrong").expect(1, "subject name")
        p.weir("alerts", "test", "late").expect(1, "certificate has expired")
        p.weir("alerts", "test", "none").expect(1, "no.pem")
        for name in ("old", "plain"):
            p.weir("alerts", "test", name).expect(1, "not delivered")
        same([len(x.requests) for x in (r, w, l, o, plain)], [1, 0, 0, 0, 0])
    return None


@test
def secrets_appear_nowhere(p):
    canary = "cAnArY"
    with Receiver() as r:
        p.env.update(HOOK_URL="http://user%s:pw%s@127.0.0.1:%d/path%s?token=%s" % (canary, canary, r.port, canary, canary),
                     BAD_URL="htp://%s/%s" % (canary, canary), DOWN_URL="http://127.0.0.1:1/%s?%s" % (canary, canary),
                     TOKEN="Bearer " + canary, LINES="a\r\nX-%s: b" % canary, SHORT="x" + canary, NOT64="whsec_%s***" % canary)
        p.write("key.txt", SECRETS["KEY_A"] + "\n")
        os.chmod(p.path("key.txt"), 0o600)
        path = "/path%s?token=%s" % (canary, canary)
        r.script[path] = ["500", "302", "garbage", "410"]
        catalog(p, {"a": "type: webhook, url: {env: HOOK_URL}, secrets: {file: key.txt}, headers: {Authorization: {env: TOKEN}}",
                    "b": "type: slack, url: {env: HOOK_URL}", "c": "type: webhook, url: {env: BAD_URL}",
                    "d": "type: webhook, url: {env: DOWN_URL}, proxy: {env: HOOK_URL}",
                    "e": HOOK % r.url("/e") + ", headers: {X-A: {env: LINES}}",
                    "f": HOOK % r.url("/f") + ", secrets: [{env: SHORT}]", "g": HOOK % r.url("/g") + ", secrets: [{env: NOT64}]",
                    "h": "type: webhook, url: {env: DOWN_URL}"}, local(r) + ["127.0.0.1:1"])
        bad(p)
        said = [p.weir("check", "-v").expect(1)]
        for hours in (1, 2, 3, 80):
            now = text_of(instant(p.now) + datetime.timedelta(hours=hours))
            said += [p.weir("alerts", "send", "-v", now=now), p.weir("alerts", "list", now=now)]
        said += [p.weir("alerts", "test", c) for c in "abcdefgh"] + [p.weir("alerts", "list", m["id"]) for m in messages(p)]
        said += [p.weir(*w) for w in (("config", "show", "--origin"), ("config", "show"), ("validate",), ("alerts", "retry", "--all"))]
        assert any(q.headers.get("authorization") == "Bearer " + canary for q in r.requests), "nothing was sent"
        same([len(r.to(x)) for x in ("/e", "/f", "/g")], [0, 0, 0])
        contains(said[0].err, "alert")
        for done in said:
            assert canary not in done.out + done.err and SECRETS["KEY_A"][6:] not in done.out + done.err, (done.args, done.out, done.err)
        for name in glob.glob(p.path(".weir/*")):
            with open(name, "rb") as f:
                content = f.read()
            assert canary.encode() not in content and SECRETS["KEY_A"][6:].encode() not in content, name


@test
def a_secret_that_is_missing_or_open_to_all_is_named(p):
    with Receiver() as r:
        catalog(p, {"hook": HOOK % r.url("/h") + ", secrets: [{env: NO_SUCH_KEY}]"}, local(r))
        p.weir("alerts", "test", "hook").expect(1, "the environment variable 'NO_SUCH_KEY' is not set")
        catalog(p, {"hook": HOOK % r.url("/h") + ", secrets: [{file: key.txt}]"}, local(r))
        p.weir("alerts", "test", "hook").expect(1, "key.txt")
        p.write("key.txt", SECRETS["KEY_A"])
        os.chmod(p.path("key.txt"), 0o644)
        p.weir("alerts", "test", "hook").expect(1, "key.txt' can be read by others")
        os.chmod(p.path("key.txt"), 0o660)
        p.weir("alerts", "test", "hook").expect(1, "key.txt' can be changed by others")
        same(r.requests, [])
        os.chmod(p.path("key.txt"), 0o600)
        p.weir("alerts", "test", "hook").expect(0)
        for wrong in ("secrets: plain", "secrets: [plain]", "secrets: {env: A, file: B}", "url: \"ftp://x/y\"", "url: \"x\"",
                      "headers: {webhook-id: a}", "headers: {Host: a}", "timeout: 0s", "colour: red"):
            base = "type: webhook" if wrong.startswith("url") else HOOK % r.url("/h")
            catalog(p, {"hook": base + ", " + wrong}, local(r))
            p.weir("validate").expect(2, "weir.yaml:7:")


@test
def slack_gets_blocks_in_which_data_is_only_text(p):
    with Receiver() as r:
        catalog(p, {"ops": "type: slack, url: \"%s\"" % r.url("/s")}, local(r))
        with open(p.path("weir.yaml"), "a", encoding="utf-8") as f:
            for i in range(3):
                f.write("  u%d: {path: \"<!channel> & `*x*` <https://e.vil|ok> %s.csv\", exposed: true, checks: [not_null: x]}\n" % (i, "é" * 90))
        bad(p)
        p.weir("check")
        assert len(r.requests) >= 4
        for q in r.requests:
            same(q.headers["content-type"], "application/json")
            blocks = q.json["blocks"]
            assert 0 < len(blocks) <= 50 and q.json["text"], q.body
            for b in blocks:
                texts = b["elements"] if b["type"] == "context" else [b["text"]]
                for t in texts:
                    assert 0 < len(t["text"]) <= (150 if b["type"] == "header" else 3000), t
                    if t["type"] == "mrkdwn":
                        same(t["verbatim"], True)
                        assert "<" not in t["text"] and ">" not in t["text"], t
                        same(t["text"].count("`") % 2, 0, t["text"])
            assert "<" not in q.json["text"], q.json["text"]
        same({m["state"] for m in messages(p)}, {"sent"})


@test
def a_command_gets_the_message_and_its_status_counts(p):
    script = "cat > got.json; env | grep ^WEIR_ALERT_ > got.env; echo trouble >&2; exit $STATUS"
    catalog(p, {"cmd": "type: command, env: [STATUS], command: [sh, -c, '%s', \"$(touch pwned)\"]" % script})
    bad(p)
    p.env["STATUS"] = "75"
    p.weir("check").expect(1, "cmd: exit status 75: trouble")
    m = only(p)
    same((m["state"], m["attempts"]), ("pending", 1))
    with open(p.path("got.json"), encoding="utf-8") as f:
        same(json.load(f), p.json("alerts", "list", m["id"]).json["payload"])
    with open(p.path("got.env"), encoding="utf-8") as f:
        env = dict(line.rstrip("\n").split("=", 1) for line in f)
    same((env["WEIR_ALERT_ID"], env["WEIR_ALERT_TYPE"], env["WEIR_ALERT_CHANNEL"], env["WEIR_ALERT_PROJECT"], env["WEIR_ALERT_COUNT"]),
         (m["id"], "incident.opened", "cmd", "shop", "1"))
    same(env["WEIR_ALERT_TITLE"], m["title"])
    p.env["STATUS"] = "0"
    p.weir("alerts", "send", now="2024-05-10T13:00:00Z").expect(0, "1 sent")
    assert not os.path.exists(p.path("pwned"))
    catalog(p, {"cmd": "type: command, timeout: 1s, command: [sh, -c, \"sleep 60 & yes\"]"})
    p.weir("alerts", "test", "cmd").expect(1, "did not end within 1.0 s")
    catalog(p, {"cmd": "type: command, command: [./no-such-program]"})
    p.weir("alerts", "test", "cmd").expect(1, "no-such-program")


@test
def a_command_gets_no_variables_but_those_that_it_needs_and_those_that_are_named(p):
    catalog(p, {"cmd": "type: command, env: [MINE, NOWHERE], command: [sh, -c, 'env > got.env']"})
    p.env.update(SECRET="hush", MINE="mine", LANG="C.UTF-8", TZ="Europe/Berlin", WEIR_OWN="own", WEIR_ALERT_ID="forged", LD_LIBRARY_PATH="/nowhere",
                 PATHS="x")
    p.weir("alerts", "test", "cmd").expect(0)
    with open(p.path("got.env"), encoding="utf-8") as f:
        env = dict(line.rstrip("\n").split("=", 1) for line in f)
    same({k: v for k, v in env.items() if k in ("LANG", "TZ", "MINE", "WEIR_OWN")}, {"LANG": "C.UTF-8", "TZ": "Europe/Berlin", "MINE": "mine", "WEIR_OWN": "own"})
    # PWD and the like are the shell's own.
    same({k for k in env if not k.startswith("WEIR_")} - {"PWD", "SHLVL", "OLDPWD", "_"}, {"PATH", "HOME", "LANG", "TZ", "MINE"} & set(p.env))
    assert env["WEIR_ALERT_ID"] != "forged" and env["WEIR_ALERT_CHANNEL"] == "cmd", env
    for name, word in (("'A=B'", "no name of a variable"), ("''", "is empty"), ("WEIR_ALERT_ID", "set by weir itself")):
        catalog(p, {"cmd": "type: command, env: [%s], command: [sh, -c, 'env']" % name})
        p.weir("validate").expect(2, word)


@test
def templates_are_escaped_for_where_they_go(p):
    with Receiver() as r:
        template = '{"who": "{{ data.project }}", "n": {{data.count}}, "all": [{{# incidents }}{"a": "{{ asset }}", "m": "{{ message }}"}{{ comma }}{{/ incidents }}]}'
        catalog(p, {"hook": HOOK % r.url("/h") + ", secrets: {env: KEY_A}, template: '%s'" % template,
                    "ops": "type: slack, url: \"%s\", template: \"{{ title }}: {{# incidents }}{{ asset }} {{ message }}{{/ incidents }}\"" % r.url("/s")}, local(r))
        with open(p.path("weir.yaml"), "a", encoding="utf-8") as f:
            f.write("  u: {path: 'a\"b\\c<d>.csv', exposed: true, checks: [not_null: x]}\n"
                    "  v: {path: \"x\\u202Etxt\\u0085\\u2028\\u200Fy.csv\", exposed: true, checks: [not_null: x]}\n")
        good(p)
        p.weir("check", "u")
        hook, = r.to("/h")
        slack, = r.to("/s")
        same((hook.json["who"], hook.json["n"], hook.json["all"][0]["a"]), ("shop", 1, "u"))
        contains(hook.json["all"][0]["m"], 'a"b\\c<d>.csv')
        signed = b".".join([hook.id.encode(), hook.headers["webhook-timestamp"].encode(), hook.body])
        same(hook.headers["webhook-signature"], "v1," + base64.b64encode(hmac.new(KEYS[0], signed, hashlib.sha256).digest()).decode())
        contains(slack.json["blocks"][0]["text"]["text"], "u ", "&lt;d&gt;")
        # What turns the direction of text, or ends lines, makes one thing look like another.
        p.weir("check", "v")
        contains(r.to("/s")[1].json["blocks"][0]["text"]["text"], "x txt   y.csv")
    for wrong, why in (("{{ titel }}", "did you mean '{{ title }}'?"), ("{{ asset }}", "outside of {{# incidents }}"),
                       ("{{ title", "has no '}}'"), ("{{# incidents }}x", "has no {{/ incidents }}"), ("{{/ incidents }}", "has no {{# incidents }}"),
                       ("{{# owners }}{{/ owners }}", "over {{# incidents }} only"), ("{{ title }}", "does not give JSON")):
        catalog(p, {"hook": HOOK % "https://example.com/h" + ", template: \"%s\"" % wrong})
        p.weir("validate").expect(2, why)


@test
def what_is_switched_off_is_not_sent(p):
    with Receiver() as r:
        catalog(p, {"hook": HOOK % r.url("/h")}, local(r), enabled="false")
        bad(p)
        contains(p.weir("check").expect(1).err, "alerts.enabled is off, so these alerts are not sent:\n  hook: ")
        same(messages(p), [])
        p.weir("alerts", "send").expect(2, "alerts are off in environment 'default'")
        p.weir("alerts", "test", "hook").expect(0, "delivered")
        same([q.json["type"] for q in r.requests], ["test"])


@test
def a_channel_that_is_gone_from_the_catalog_keeps_its_messages(p):
    with Receiver() as r:
        r.script["/h"] = ["500", "200"]
        catalog(p, {"hook": HOOK % r.url("/h")}, local(r))
        bad(p)
        p.weir("check").expect(1)
        catalog(p, {"new": HOOK % r.url("/n")}, local(r))
        p.weir("alerts", "send", now="2024-05-10T13:00:00Z").expect(1, "hook: the catalog has no channel 'hook'")
        catalog(p, {"hook": HOOK % r.url("/h")}, local(r))
        p.weir("alerts", "send", now="2024-05-10T15:00:00Z").expect(0, "1 sent")


@test
def wrong_words_of_alerts_are_refused(p):
    catalog(p, {"hook": HOOK % "https://example.com/h"})
    for words in (("lst",), ("list", "x", "y"), ("list", "msg_nothing"), ("list", "--state", "lost"), ("list", "--for", "1m"), ("send", "x"),
                  ("send", "--all"), ("retry",), ("retry", "x"), ("retry", "x", "--all"), ("retry", "x", "--channel", "hook"),
                  ("test",), ("test", "hok"), ("test", "hook", "x"), ("test", "hook", "--limit", "3"), ()):
        same(p.weir("alerts", *words).expect(2).out, "")
    catalog(p, {"hook": "type: webhok, url: x"})
    p.weir("validate").expect(2, "there is no type of channel called 'webhok'", "did you mean 'webhook'?")
