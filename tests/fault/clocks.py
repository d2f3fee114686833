"""A wall clock that jumps, stands still, or goes through a change of summer time, while the service waits."""
import datetime
import struct
import time

from faults import Planted, cpu_s, fault, settle, until
from project import same
from receiver import Receiver
from service import Service

HOUR, DAY = 3600, 86400
TICK_S = 4  # a second, and what a busy machine adds


class Clock:
    """The wall clock of a service: seconds from the real one."""

    def __init__(self, p, how):
        self.path = p.write("clock", "")
        self.offset = 0
        self.write(0, 0)
        self.env = dict(how.preloaded("clock"), CLOCK_FILE=self.path)

    def write(self, offset, frozen):
        with open(self.path, "r+b") as f:
            f.write(struct.pack("=qq", int(offset * 1e6), int(frozen * 1e6)))

    def now(self):
        return time.time() + self.offset

    def move(self, seconds):
        self.offset += seconds
        self.write(self.offset, 0)

    def set(self, text):
        self.move(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() - self.now())

    def run(self, s, seconds):
        """So long it goes on by itself, and what was due meanwhile is done."""
        end = self.now() + seconds
        until(lambda: self.now() >= end, seconds + 15)
        settle(s)

    def jump(self, s, seconds):
        """It is moved by more than a second, which the service notices."""
        before = s.logged.count("the wall clock was moved")
        self.move(seconds)
        until(lambda: s.logged.count("the wall clock was moved") > before, TICK_S)

    def freeze(self):
        self.write(self.offset, self.now())

    def thaw(self):
        self.write(self.offset, 0)

    def ago(self, seconds):
        return datetime.datetime.fromtimestamp(self.now() - seconds, datetime.timezone.utc).isoformat().replace("+00:00", "Z")


def alerting(receiver):
    return ("alerts:\n  enabled: true\n  flapping: off\n  allow_private: ['127.0.0.1:%d']\n  channels: {hook: {type: webhook, url: '%s'}}\n"
            "  routes: [{to: [hook]}]\n" % (receiver.port, receiver.url()))


def late(receiver):
    return sum(r.json["type"] == "incident.opened" and r.json["data"]["incidents"][0]["kind"] == "late" for r in receiver.requests)


def status(s, asset="due"):
    return s.get("/v1/assets/" + asset).expect(200).json["freshness"]["status"]


def due(p, receiver):
    p.catalog(alerting(receiver) + "service: {probe_every: off}\nassets: {due: {exposed: true, freshness: {max_age: 1h, never_seen: pass}}}\n")


ONCE = Planted("that takes the wall clock for one that goes on evenly", "src/base/clock.c", (
    ("	clock_gettime(CLOCK_REALTIME, &ts);\n	return (int64_t)ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;\n",
     "	static int64_t first;\n	clock_gettime(CLOCK_REALTIME, &ts);\n	if (first == 0)\n"
     "		first = (int64_t)ts.tv_sec * US_PER_S + ts.tv_nsec / 1000 - clock_mono_ns() / 1000;\n"
     "	return first + clock_mono_ns() / 1000;\n"),))
DEAF = Planted("that does not notice that its clock was moved", "src/serve/keeper.c", (
    ("	if (moved < JUMP_US && moved > -JUMP_US)\n", "	if (moved != 0 || now == 0)\n"),))
BELIEVES = Planted("that believes in what it will have seen", "src/serve/gates.c", (("looked_us <= now_us &&", "now_us > 0 &&"),))


@fault(Planted("that waits for long", "src/serve/keeper.c", (("	int64_t ns = NS_PER_S;\n", "	int64_t ns = 3600 * NS_PER_S;\n"),)))
def a_clock_that_jumps_past_a_deadline_makes_it_fire_at_once_and_once(p, how):
    clock = Clock(p, how)
    with Receiver() as receiver:
        due(p, receiver)
        with Service(p, env=clock.env) as s:
            s.post("/v1/events", {"asset": "due"}).expect(201)
            same(status(s), "pass")
            clock.run(s, 1.2)  # nothing is due soon any more
            time.sleep(0.3)  # and the last answer was given in the middle of a turn: it must be asleep again
            clock.move(HOUR + 60)
            until(lambda: late(receiver) == 1, TICK_S)
            same(status(s), "fail")
            clock.jump(s, DAY)
            settle(s)
            same(late(receiver), 1)
            s.post("/v1/events", {"asset": "due"}).expect(201)
            same(status(s), "pass")
            until(lambda: any(r.json["type"] == "incident.resolved" for r in receiver.requests), TICK_S)
            s.raw("GET", "/readyz").expect(200)


@fault(ONCE)
def a_clock_that_is_set_back_in_the_middle_of_a_wait_fires_nothing_early_and_nothing_twice(p, how):
    clock = Clock(p, how)
    with Receiver() as receiver:
        due(p, receiver)
        with Service(p, env=clock.env) as s:
            s.post("/v1/events", {"asset": "due", "at": clock.ago(HOUR - 3)}).expect(201)
            settle(s)
            clock.jump(s, -HOUR / 2)
            clock.run(s, 3.5)  # beyond what was its deadline
            same((status(s), late(receiver)), ("pass", 0))
            clock.move(HOUR / 2)
            until(lambda: late(receiver) == 1, TICK_S)
            settle(s)
            same(late(receiver), 1)


@fault(Planted("that does not sleep", "src/serve/keeper.c", (("MIN(wait_ns(k), limit_ns)", "MIN((int64_t)1, limit_ns)"),)))
def a_clock_that_stands_still_holds_nobody_up_and_burns_nothing(p, how):
    clock = Clock(p, how)
    with Receiver() as receiver:
        due(p, receiver)
        with Service(p, env=clock.env) as s:
            s.post("/v1/events", {"asset": "due", "at": clock.ago(HOUR - 3)}).expect(201)
            settle(s)
            clock.freeze()
            before = cpu_s(s.process.pid)
            time.sleep(4)  # what is measured is what it does meanwhile
            spent = cpu_s(s.process.pid) - before
            assert spent < 0.5, "%.1f s of processor time in 4 s" % spent
            s.post("/v1/events", {"asset": "due", "version": "x", "at": clock.ago(2 * HOUR)}).expect(201)
            same((status(s), late(receiver)), ("pass", 0))
            clock.thaw()
            until(lambda: late(receiver) == 1, TICK_S)


@fault(DEAF)
def a_message_is_tried_again_in_time_though_the_clock_was_set_back_by_a_day(p, how):
    clock = Clock(p, how)
    with Receiver() as receiver:
        receiver.script["/"] = ["200", "503", "200"]
        due(p, receiver)
        with Service(p, env=clock.env) as s:
            # What is sent first makes a connection, and shows that the receiver is there.
            s.post("/v1/events", {"asset": "due", "at": clock.ago(2 * HOUR)}).expect(201)
            until(lambda: late(receiver) == 1)
            s.post("/v1/events", {"asset": "due"}).expect(201)
            until(lambda: len(receiver.requests) == 2)
            clock.move(-DAY)
            # Five seconds and a tenth after the first try, and a tick.
            until(lambda: len(receiver.requests) == 3, 20 + TICK_S)
            same(receiver.requests[1].id, receiver.requests[2].id)


@fault(BELIEVES)
def looks_and_gates_go_on_though_the_clock_was_set_back(p, how):
    clock = Clock(p, how)
    p.write("a.csv", "x\n1\n")
    p.catalog("service: {probe_every: 1s, believe: 1s}\nassets:\n  a: {path: a.csv, exposed: true, checks: [{between: {column: x, max: 9}}]}\n"
              "  mart: {exposed: true, depends_on: [a]}\n")
    with Service(p, env=clock.env) as s:
        until(lambda: s.get("/v1/gates/mart").expect(200).json["decision"] == "allow")
        clock.jump(s, -DAY)
        p.write("a.csv", "x\n10\n")
        began = time.monotonic()
        # It must not be let through by what was seen at a time that is still to come.
        same(s.get("/v1/gates/mart", run="1", wait="10s").expect(200).json["decision"], "block")
        p.write("a.csv", "x\n1\n")
        until(lambda: s.get("/v1/gates/mart").expect(200).json["decision"] == "allow", 10)
        assert time.monotonic() - began < 20, time.monotonic() - began


def runs(s):
    return len({v["run_id"] for v in s.get("/v1/assets/a/history").expect(200).json["verdicts"]})


def scheduled(p, cron, zone="UTC"):
    p.write("a.csv", "x\n1\n")
    p.catalog("service: {probe_every: off}\nassets:\n  a: {path: a.csv, exposed: true, checks: [row_count: {min: 1}],\n"
              "      schedule: {cron: '%s', timezone: %s, on: never}}\n" % (cron, zone))


@fault(ONCE)
def a_schedule_keeps_its_hour_over_changes_of_summer_time(p, how):
    """Half past two in Berlin comes twice, and counts the second time; and does not come at all, and is three o'clock then."""
    clock = Clock(p, how)
    scheduled(p, "30 2 * * *", "Europe/Berlin")
    clock.set("2026-10-25T00:29:58Z")
    with Service(p, env=clock.env) as s:
        clock.run(s, 3)
        same(runs(s), 0)
        clock.set("2026-10-25T01:29:58Z")
        settle(s)
        same(runs(s), 0)
        until(lambda: runs(s) == 1, TICK_S)
        clock.set("2027-03-27T23:59:00Z")
        until(lambda: runs(s) == 2, TICK_S)  # what was jumped over, once
        clock.set("2027-03-28T00:59:58Z")
        settle(s)
        same(runs(s), 2)
        until(lambda: runs(s) == 3, TICK_S)
        clock.set("2027-03-28T01:29:58Z")
        clock.run(s, 3)
        same(runs(s), 3)


@fault(Planted("that sets its schedules anew whenever the clock was moved", "src/serve/schedules.c", (
    ("moved_us < 0 && (w->cron.any_hour || moved_us < -SAME_DAY_US)", "moved_us != 0 || w == NULL"),)))
def a_schedule_that_a_clock_jumps_over_runs_once_and_not_again_when_it_is_set_back(p, how):
    clock = Clock(p, how)
    scheduled(p, "0 6 * * *")
    clock.set("2026-05-05T05:59:50Z")
    with Service(p, env=clock.env) as s:
        settle(s)
        clock.move(30)
        until(lambda: runs(s) == 1, TICK_S)
        clock.set("2026-05-05T05:59:59Z")
        clock.run(s, 3)
        same(runs(s), 1)
        clock.set("2026-05-06T05:59:59Z")
        until(lambda: runs(s) == 2, TICK_S)
        # Far back is another matter: what is to come then has not been for its people.
        clock.set("2026-04-01T05:59:58Z")
        until(lambda: runs(s) == 3, 2 + TICK_S)
