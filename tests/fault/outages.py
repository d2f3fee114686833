"""Receivers that are away, turn everything down or say nothing for a simulated day, while the service goes on making messages."""
import time

from clocks import DAY, HOUR, Clock
from faults import Planted, fault, query, until
from project import same
from receiver import Receiver
from receivers import closed_port
from service import Service

STEP = HOUR / 2
ASSETS = 4
LAST_TRY = 14 * HOUR  # 12 hours, 10 % more, and what comes between


def catalog(channels):
    return ("project: shop\nservice: {probe_every: off}\nalerts:\n  enabled: true\n  flapping: off\n  allow_private: ['127.0.0.1']\n  channels:\n%s"
            "  routes: [{to: [%s]}]\nassets:\n%s" %
            ("".join("    %s: {type: webhook, url: '%s', timeout: 1s}\n" % c for c in channels.items()), ", ".join(channels),
             "".join("  a%d: {exposed: true, freshness: {max_age: 50m, never_seen: pass}}\n" % i for i in range(ASSETS))))


def messages(p, channel):
    """Ids in the order in which they were made."""
    return [i for i, in query(p, "SELECT id FROM message WHERE channel = '%s' ORDER BY seq" % channel)]


def live(p, s, clock, seconds, busy=True):
    """Some time of the service, with something new in each half hour of it."""
    for i in range(int(seconds / STEP)):
        if busy:
            s.post("/v1/events", {"asset": "a%d" % (i % ASSETS)}).expect(201)
        clock.move(STEP)
        # It has noticed when it knows of the jump and has looked at what is due.
        time.sleep(0.15)
        s.raw("GET", "/healthz").expect(200)


def nothing_waits(p):
    return query(p, "SELECT count(*) FROM message WHERE state = 'pending'") == [(0,)]


def by_incident(requests):
    told = {}
    for r in requests:
        for i in r.json["data"]["incidents"]:
            told.setdefault(i["id"], []).append(r.json["type"])
    return told


@fault(Planted("that gives up a message after two tries", "src/alert/lanes.c", (
    ("	m->state = m->next_us == TIME_NONE ? MESSAGE_DEAD : MESSAGE_PENDING;\n",
     "	m->state = m->next_us == TIME_NONE || m->attempts > 1 ? MESSAGE_DEAD : MESSAGE_PENDING;\n"),)))
def who_is_away_for_a_day_gets_everything_once_and_in_order_afterwards(p, how):
    clock, port = Clock(p, how), closed_port()
    with Receiver() as good, Receiver() as busy, Receiver() as mute:
        busy.script["/"], mute.script["/"] = ["429:3600"], ["garbage"]
        p.catalog(catalog({"away": "http://127.0.0.1:%d/" % port, "busy": busy.url("/"), "mute": mute.url("/"), "good": good.url("/")}))
        with Service(p, env=clock.env) as s:
            live(p, s, clock, 3 * DAY / 2 if how.long else DAY)
            made = messages(p, "away")
            assert len(made) >= 40, len(made)
            same({c: n for c, n in query(p, "SELECT channel, count(*) FROM message WHERE state <> 'pending' GROUP BY channel") if c != "good"}, {})
            same(query(p, "SELECT count(*) FROM message WHERE state = 'dead'"), [(0,)])
            # Whoever asks for an hour is asked at most once an hour, whatever waits.
            most = (36 if how.long else 24) * 2 + 2
            assert len(busy.requests) <= most, "%d requests to one who asks for an hour" % len(busy.requests)
            refused = {"busy": len(busy.requests), "mute": len(mute.requests)}
            busy.script["/"] = mute.script["/"] = ["200"]
            with Receiver(port=port) as away:
                end = clock.now() + LAST_TRY
                while not nothing_waits(p) and clock.now() < end:
                    live(p, s, clock, STEP, busy=False)
                until(lambda: nothing_waits(p), 30)
                for name, requests in (("away", away.requests), ("busy", busy.requests[refused["busy"]:]), ("mute", mute.requests[refused["mute"]:]),
                                       ("good", good.requests)):
                    ids = [r.id for r in requests]
                    same(sorted(ids), sorted(messages(p, name)), name)
                    for incident, told in by_incident(requests).items():
                        same(told, sorted(told, key=lambda t: t == "incident.resolved"), "%s of %s" % (name, incident))
                assert set(made) <= {r.id for r in away.requests}
            same(query(p, "SELECT count(*) FROM message WHERE state = 'dead'"), [(0,)])
    return "%d messages a receiver; %d requests to the one who asked for patience" % (len(messages(p, "away")), refused["busy"])
