"""Receivers that are away, dawdle, or mean harm, while the service runs: nobody else waits for them, and they get what is theirs."""
import shutil
import socket
import time

from alerts import certificate
from faults import Planted, Skip, fault, memory_bytes, query, sanitized, until
from project import WEIR, same
from receiver import Receiver
from service import Service

OTHERS_S = 5 if sanitized(WEIR) else 2  # a second, and what a busy machine adds
HOSTILE = ("silence", "drip", "dripheader", "flood", "floodheader", "garbage", "close", "loop", "429:3600", "503", "410")


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def tls_url(receiver):
    return "https://127.0.0.1:%d/" % receiver.port


def catalog(channels, allowed, timeout="5s", more=None):
    return ("project: shop\nservice: {probe_every: off}\nalerts:\n  enabled: true\n  flapping: off\n  allow_private: [%s]\n  channels:\n%s"
            "  routes: [{to: [%s]}]\nassets:\n  a: {path: a.csv, exposed: true, checks: [{between: {column: x, max: 9}}]}\n" %
            (", ".join("'%s'" % a for a in allowed),
             "".join("    %s: {type: webhook, url: '%s', timeout: %s%s}\n" % (n, u, timeout, (more or {}).get(n, "")) for n, u in channels.items()),
             ", ".join(channels)))


def check(p, s, x):
    """Whether x is good decides; the time until the verdict is there is not counted."""
    p.write("a.csv", "x\n%d\n" % x)
    run = s.post("/v1/runs", {"asset": "a"}, headers={"Prefer": "wait=20"}).expect(200).json
    same(run["state"], "done")
    return time.monotonic()


def outcomes(p):
    return {channel: outcome for channel, outcome in query(
        p, "SELECT channel, a.outcome FROM message JOIN attempt AS a ON a.message = message.seq ORDER BY a.number DESC, a.at_us DESC")}


# A lane without threads of its own: the one who sends is the one who keeps everything.
ONE_LANE = Planted("that sends one message at a time", "src/alert/lanes.c", (
    ("	if (notice_parse(p->a, p->message->body, &notice, &err)) {\n		p->tried = true;\n		channel_send(&p->call, &p->receipt);\n",
     "	if (notice_parse(p->a, p->message->body, &notice, &err)) {\n		static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;\n"
     "		p->tried = true;\n		pthread_mutex_lock(&one);\n		channel_send(&p->call, &p->receipt);\n"
     "		pthread_mutex_unlock(&one);\n"),))


@fault(ONE_LANE)
def receivers_that_dawdle_or_mean_harm_delay_nobody_else(p, _how):
    with Receiver() as bad, Receiver() as good:
        channels = {}
        for i, way in enumerate(HOSTILE):
            bad.script["/%d" % i] = [way]
            channels["bad%d" % i] = bad.url("/%d" % i)
        channels["nobody"] = "http://127.0.0.1:%d/" % closed_port()
        channels["good"] = good.url("/good")
        p.catalog(catalog(channels, ["127.0.0.1"]))
        with Service(p) as s:
            for i, x in enumerate((10, 1, 10), 1):
                began = check(p, s, x)
                until(lambda: len(good.requests) == i, 15)
                took = good.requests[-1].at - began
                assert took < OTHERS_S, "the good receiver was told after %.1f s" % took
                s.raw("GET", "/readyz").expect(200)
            until(lambda: len(bad.counts) == len(HOSTILE))
            grown = memory_bytes(s.process.pid)
            assert sanitized(WEIR) or grown < 256 << 20, "%d MiB" % (grown >> 20)
        states = dict(query(p, "SELECT channel, max(state = 'sent') FROM message GROUP BY channel"))
        # One that answers with 200 and then dawdles has said that it took the message.
        wrong = {c for c, sent in states.items() if sent and c not in ("good", "bad%d" % HOSTILE.index("drip"), "bad%d" % HOSTILE.index("flood"))}
        same(wrong, set())
    return "the last after %.0f ms" % (took * 1000)


@fault(Planted("that forgets messages which did not get through", "src/alert/lanes.c", (
    ("		p->tried = true;\n		channel_send(&p->call, &p->receipt);\n",
     "		p->tried = true;\n		channel_send(&p->call, &p->receipt);\n		p->receipt.result = DELIVERED;\n"),)))
def a_receiver_that_was_away_gets_everything_in_order_when_it_is_back(p, _how):
    port = closed_port()
    p.catalog(catalog({"hook": "http://127.0.0.1:%d/" % port}, ["127.0.0.1"]))
    with Service(p) as s:
        for x in (10, 1, 10):
            check(p, s, x)
        until(lambda: query(p, "SELECT 1 FROM attempt"))
        same(query(p, "SELECT count(*) FROM message WHERE state = 'pending'"), [(3,)])
        with Receiver(port=port) as back:
            until(lambda: len(back.requests) == 3, 25)
            told = [(r.json["data"]["incidents"][0]["id"], r.json["type"]) for r in back.requests]
            first = query(p, "SELECT id FROM incident ORDER BY seq")[0][0]
            same([kind for i, kind in told if i == first], ["incident.opened", "incident.resolved"])
            until(lambda: query(p, "SELECT count(*) FROM message WHERE state = 'sent'") == [(3,)])
            same(len({r.id for r in back.requests}), 3)


BELIEVES = Planted("that believes any certificate", "src/base/http.c", (("SSL_VERIFYPEER, 1L", "SSL_VERIFYPEER, 0L"), ("SSL_VERIFYHOST, 2L", "SSL_VERIFYHOST, 0L")))


def needs_openssl():
    if shutil.which("openssl") is None:
        raise Skip("there is no openssl to make certificates with")


@fault(BELIEVES)
def names_that_do_not_resolve_and_certificates_that_nobody_vouches_for_get_nothing(p, _how):
    needs_openssl()
    right, wrong, late = certificate(p, "right", "IP:127.0.0.1"), certificate(p, "wrong", "DNS:example.com"), certificate(p, "late", "IP:127.0.0.1", "-1")
    with Receiver(tls=right) as known, Receiver(tls=right) as stranger, Receiver(tls=wrong) as other, Receiver(tls=late) as expired, \
            Receiver() as no_tls, Receiver() as good:
        channels = {"nowhere": "https://receiver.invalid/", "stranger": tls_url(stranger), "other": tls_url(other), "expired": tls_url(expired),
                    "plain": tls_url(no_tls), "known": tls_url(known), "good": good.url("/")}
        trusts = dict.fromkeys(("other", "expired", "known", "plain"), ", ca_file: ca.pem")
        p.catalog(catalog(channels, ["127.0.0.1", "::1", "localhost"], more=trusts))
        with Service(p) as s:
            began = check(p, s, 10)
            until(lambda: good.requests and known.requests, 15)
            took = good.requests[0].at - began
            assert took < OTHERS_S, "the good receiver was told after %.1f s" % took
            until(lambda: set(outcomes(p)) == set(channels), 30)
            # What is on record of an answer is written a moment after it has come.
            until(lambda: query(p, "SELECT count(*) FROM message WHERE state = 'sent' AND channel IN ('good', 'known')") == [(2,)])
            same({c: state for c, state in query(p, "SELECT channel, state FROM message")},
                 {c: "sent" if c in ("good", "known") else "pending" for c in channels})
            same([len(r.requests) for r in (stranger, other, expired, no_tls)], [0, 0, 0, 0])
            said = outcomes(p)
            for channel, word in (("nowhere", "receiver.invalid"), ("stranger", "certificate"), ("other", "subject name"), ("expired", "has expired")):
                assert word in said[channel], said
    return "; ".join(said[c] for c in ("nowhere", "expired"))


@fault(Planted("that takes what did not get through for what cannot", "src/alert/lanes.c", (
    ("\t\tp->tried = true;\n\t\tchannel_send(&p->call, &p->receipt);\n",
     "\t\tp->tried = true;\n\t\tchannel_send(&p->call, &p->receipt);\n\t\tif (p->receipt.result != DELIVERED)\n\t\t\tp->receipt.result = DELIVERY_REFUSED;\n"),)))
def who_has_a_new_certificate_gets_what_was_kept_for_the_old_one(p, _how):
    """And the one that nobody waits for any more is not sent twice."""
    needs_openssl()
    right, late = certificate(p, "right", "IP:127.0.0.1"), certificate(p, "late", "IP:127.0.0.1", "-1")
    with Receiver(tls=late) as receiver:
        p.catalog(catalog({"hook": tls_url(receiver)}, ["127.0.0.1"], more={"hook": ", ca_file: ca.pem"}))
        with Service(p) as s:
            check(p, s, 10)
            until(lambda: query(p, "SELECT 1 FROM attempt"))
            same(query(p, "SELECT state FROM message"), [("pending",)])
            receiver.tls = right
            until(lambda: query(p, "SELECT state FROM message") == [("sent",)], 25)
            same([r.json["type"] for r in receiver.requests], ["incident.opened"])
            tries = query(p, "SELECT number, outcome FROM attempt ORDER BY number")
            assert len(tries) == 2 and "has expired" in tries[0][1], tries
