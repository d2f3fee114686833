"""Freshness learned from an asset's own arrivals: deadlines against the same formula written down once more, on histories made here."""
import datetime
import math
import random
import statistics as st
import time
from zoneinfo import ZoneInfo

from project import contains, same, test
from service import Service

UTC = datetime.timezone.utc
MINUTE, HOUR, DAY = 60, 3600, 86400


def stamp(t):
    return datetime.datetime.fromtimestamp(t, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local(t, zone):
    """The wall clock as if it were UTC."""
    return datetime.datetime.fromtimestamp(t, zone).replace(tzinfo=UTC).timestamp()


def instant(wall, zone):
    """Of a wall time that is skipped the first instant after it, of one that happens twice the later one."""
    naive = datetime.datetime.fromtimestamp(wall, UTC).replace(tzinfo=None)
    early, late = (naive.replace(tzinfo=zone, fold=f).timestamp() for f in (0, 1))
    if min(abs(local(t, zone) - wall) for t in (early, late)) < 1e-3:
        return max(early, late)
    t = min(early, late) // MINUTE * MINUTE
    while local(t, zone) < wall:  # to the end of the gap
        t += MINUTE
    return t


def of_wall(year, month, day, hour, minute, zone):
    return datetime.datetime(year, month, day, hour, minute, tzinfo=zone).timestamp()


def spread(v, m):
    mad = st.median(abs(x - m) for x in v)
    return 1.4826022185056018 * mad if mad else math.sqrt(math.pi / 2) * sum(abs(x - m) for x in v) / len(v)


def deadline(arrivals, zone=UTC, setbacks=(), sensitivity=3.5, least=0, most=math.inf, need=7, since=-math.inf):
    """None while it learns."""
    t = [a for a in sorted(set(arrivals)) if a >= since]
    if len(t) < 2:
        return None
    typical = st.median(b - a for a, b in zip(t, t[1:]))
    kept = t[:1]
    for a in t[1:]:
        if a - kept[-1] >= typical / 10:
            kept.append(a)
    wall = typical >= 3 * HOUR
    clock = (lambda x: local(x, zone)) if wall else (lambda x: x)
    gaps = [(a, max(0, clock(b) - clock(a))) for a, b in zip(kept, kept[1:]) if not any(a <= s <= b for s in setbacks)][-200:]
    if len(gaps) < need:
        return None

    def hour(a):
        return int((local(a, zone) + HOUR / 2) // HOUR)

    seasons = [lambda a: 0, lambda a: hour(a) % 24, lambda a: hour(a) // 24 % 7, lambda a: hour(a) % 168]
    every = st.median(g for _, g in gaps)

    def distance(slot):
        by = {}
        for a, g in gaps:
            by.setdefault(slot(a), []).append(g)
        return sum(abs(g - (st.median(v) if len(v) >= 2 else every)) for v in by.values() for g in v)

    slot, best = seasons[0], distance(seasons[0])
    for s in seasons[1:]:
        if best > 0 and distance(s) <= best / 2:
            slot, best = s, distance(s)
    v = [g for a, g in gaps if slot(a) == slot(kept[-1])]
    v = v if len(v) >= 2 else [g for _, g in gaps]
    m = st.median(v)
    reach = m + max(sensitivity * spread(v, m), m / 10)
    if sum(hour(a) // 24 % 7 == hour(kept[-1]) // 24 % 7 for a, _ in gaps) < 2:
        reach = max(reach, 1.1 * max(g for _, g in gaps))
    reach = min(max(reach, least), most)
    return instant(clock(kept[-1]) + reach, zone) if wall else kept[-1] + reach


class History:
    def __init__(self, name, arrivals, zone="UTC", failed=(), policy="true", more="", **how):
        self.name, self.arrivals, self.zone, self.failed, self.policy, self.more, self.how = name, arrivals, zone, failed, policy, more, how

    @property
    def expected(self):
        return deadline(self.arrivals, UTC if self.zone == "UTC" else ZoneInfo(self.zone), self.failed, **self.how)


def write(p, histories, extra=""):
    p.catalog("service: {probe_every: off}\nassets:\n" + "".join(
        "  %s: {exposed: true, freshness: {learned: %s%s}%s}\n" % (h.name, h.policy, "" if h.zone == "UTC" else ", timezone: " + h.zone, h.more)
        for h in histories) + extra)


def post(s, events):
    for i in range(0, len(events), 500):
        s.post("/v1/events", events[i:i + 500]).expect(201)


def report(p, histories):
    events = [{"asset": h.name, "kind": kind, "at": stamp(t)} for h in histories
              for t, kind in sorted([(t, "materialized") for t in h.arrivals] + [(t, "failed") for t in h.failed])]
    with Service(p, now=stamp(max(datetime.datetime.fromisoformat(e["at"]).timestamp() for e in events))) as s:
        post(s, events)


def daily(zone, days, hour=6, jitter=20, start=(2024, 2, 20), weekdays=range(7), seed=1, hours=None):
    """By the wall clock of the zone."""
    r = random.Random(seed)
    day = datetime.date(*start)
    out = []
    for _ in range(days):
        if day.weekday() in weekdays:
            for h in hours or [hour]:
                out.append(of_wall(day.year, day.month, day.day, h, 30, ZoneInfo(zone)) + r.randrange(-jitter * MINUTE, jitter * MINUTE + 1))
        day += datetime.timedelta(days=1)
    return out


def every(seconds, n, start=1709000000, jitter=0, seed=2):
    r = random.Random(seed)
    return [start + i * seconds + (r.randrange(-jitter, jitter + 1) if jitter else 0) for i in range(n)]


def made():
    r = random.Random(7)
    working = range(5)
    rerun = [t for a in daily("UTC", 30, seed=3) for t in ([a, a + 40 * MINUTE] if int(a) % 3 == 0 else [a])]
    gone = [a for i, a in enumerate(every(DAY, 40, jitter=900)) if i not in (12, 20, 21, 22)]
    changed = every(HOUR, 50) + every(DAY, 20, start=1709000000 + 60 * HOUR)
    out = [
        History("berlin", daily("Europe/Berlin", 50), "Europe/Berlin"),
        History("berlin-autumn", daily("Europe/Berlin", 30, start=(2024, 9, 28)), "Europe/Berlin"),
        History("working", daily("America/New_York", 45, weekdays=working), "America/New_York"),
        History("friday", daily("America/New_York", 46, weekdays=working, start=(2024, 1, 24)), "America/New_York"),
        History("thrice", daily("Asia/Seoul", 20, hours=[6, 11, 18], jitter=9), "Asia/Seoul"),
        History("twice-working", daily("Europe/Berlin", 40, hours=[7, 19], weekdays=working, jitter=5), "Europe/Berlin"),
        History("hourly", every(HOUR, 60, jitter=120)),
        History("hourly-over-dst", every(HOUR, 60, start=1711749600, jitter=30), "Europe/Berlin"),
        History("regular", every(DAY, 12)),
        History("weekly", every(7 * DAY, 12, jitter=7200)),
        History("reruns", rerun),
        History("gone", gone),
        History("gone-known", gone, failed=[1709000000 + int(12.5 * DAY), 1709000000 + 21 * DAY]),
        History("sensitive", every(DAY, 40, jitter=3600), policy="{sensitivity: 1}", sensitivity=1),
        History("lenient", every(DAY, 40, jitter=3600), policy="{sensitivity: 20}", sensitivity=20),
        History("at-least", every(HOUR, 40), policy="{min: 5h}", least=5 * HOUR),
        History("at-most", every(DAY, 40, jitter=7200), policy="{max: 25h}", most=25 * HOUR),
        History("changed", changed, policy="{since: %s}" % stamp(1709000000 + 60 * HOUR), since=1709000000 + 60 * HOUR),
        History("unchanged", changed),
        # A day without a zone is one of the policy's zone.
        History("changed-day", daily("Asia/Seoul", 30, hour=2, start=(2024, 3, 1)), "Asia/Seoul", policy="{since: 2024-03-21}",
                since=of_wall(2024, 3, 21, 0, 0, ZoneInfo("Asia/Seoul"))),
        History("few", every(DAY, 7)),
        History("enough", every(DAY, 8)),
        History("fewer", every(DAY, 4), policy="{min_history: 3}", need=3),
        History("one", every(DAY, 1)),
        History("long", every(2 * HOUR, 600, jitter=600)),
    ]
    for i in range(12):
        t, at = [], 1700000000 + r.randrange(10 ** 7)
        for _ in range(r.randrange(5, 90)):
            at += int(r.choice([r.expovariate(1 / (5 * HOUR)), r.gauss(DAY, HOUR), r.uniform(60, 3 * DAY)])) + 30
            t.append(at)
        failed = [x + 10 for x in r.sample(t[:-1], r.randrange(0, 3))]
        out.append(History("random%d" % i, t, r.choice(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]), failed))
    return out


@test
def deadlines_are_learned_from_arrivals_as_the_formula_says(p):
    histories = made()
    write(p, histories)
    report(p, histories)
    # Each on its own clock: just before, and at, its deadline.
    learnt = 0
    for h in histories:
        want = h.expected
        if want is None:
            got = p.json("fresh", h.name, "--now", stamp(h.arrivals[-1] + 60)).asset(h.name)["freshness"]
            same((got["status"], got["deadline"]), ("none", None), h.name)
            contains(got["evidence"], "learning: ")
            continue
        learnt += 1
        got = p.json("fresh", h.name, "--now", stamp(h.arrivals[-1] + 60)).asset(h.name)["freshness"]
        assert got["deadline"], (h.name, got)
        at = datetime.datetime.fromisoformat(got["deadline"]).timestamp()
        assert abs(at - want) < 1e-3, "%s: %s, expected %s" % (h.name, got["deadline"], stamp(want))
        late = h.arrivals[-1] + 60 >= want
        same((got["status"], got["next_deadline"]), ("fail", None) if late else ("pass", got["deadline"]), h.name)
        contains(got["evidence"], "usually again within", "median of", "late from")
        same(got["policy"]["learned"], True)
    assert learnt > 28, learnt


@test
def an_asset_is_late_at_its_learned_deadline_and_not_before(p):
    h = History("t", daily("Europe/Berlin", 40, weekdays=range(5), start=(2024, 2, 19)), "Europe/Berlin")
    write(p, [h])
    report(p, [h])
    want = math.ceil(h.expected)
    # The last one is of a Friday: nobody waits over the weekend.
    same(datetime.datetime.fromtimestamp(h.arrivals[-1], UTC).weekday(), 4)
    assert 2.9 * DAY < want - h.arrivals[-1] < 3.5 * DAY, want - h.arrivals[-1]
    contains(p.weir("fresh", "--now", stamp(want - 1)).expect(0).out, "usually again within", "after a Friday")
    done = p.weir("fresh", "--now", stamp(want)).expect(1)
    contains(done.out, "late by", "late from")
    same(p.json("status", "--now", stamp(want)).asset("t")["freshness"]["status"], "fail")


@test
def weekends_alarm_nobody_from_the_first_on(p):
    """Of what comes on working days, from the first day that is judged."""
    t = [a for a in daily("Europe/Berlin", 60, weekdays=range(5), start=(2024, 1, 1))]
    h = History("t", t, "Europe/Berlin")
    write(p, [h])
    report(p, [h])
    for i, a in enumerate(t[:-1]):
        got = deadline(t[:i + 1], ZoneInfo("Europe/Berlin"))
        assert got is None or got > t[i + 1], (i, stamp(a), stamp(got))
    # What is asked below is what is asked above.
    for i in (8, 9, 14, 30):
        got = p.json("fresh", "--now", stamp(t[i] + 1)).asset("t")["freshness"]
        assert abs(datetime.datetime.fromisoformat(got["deadline"]).timestamp() - deadline(t[:i + 1], ZoneInfo("Europe/Berlin"))) < 1e-3, (i, got)


@test
def before_enough_is_known_nothing_passes(p):
    h = History("t", every(DAY, 5))
    write(p, [h], "  down: {depends_on: [t], exposed: true}\n")
    report(p, [h])
    done = p.json("fresh", "--now", stamp(h.arrivals[-1] + 100 * DAY)).expect(0)
    same((done.asset("t")["freshness"]["status"], done.json["summary"]["fresh"]), ("none", {"pass": 0, "warn": 0, "fail": 0, "unknown": 0, "none": 2}))
    contains(done.asset("t")["freshness"]["evidence"], "learning: 4 of 7 intervals", "nothing is judged until then")
    same(done.asset("t")["freshness"]["learning"], True)
    p.catalog("assets: {t: {exposed: true, freshness: {learned: true}}, new: {exposed: true, freshness: {learned: true, never_seen: fail}}}\n")
    done = p.json("fresh", "--now", stamp(h.arrivals[-1])).expect(1)
    same(done.asset("new")["freshness"]["status"], "fail")


@test
def until_it_is_learned_the_fallback_counts(p):
    """until_learned, else max; blocking asks for one of them, so that no gate stays open for ever."""
    h = [History("a", every(DAY, 5), policy="{until_learned: 26h}, blocking: true"), History("b", every(DAY, 5), policy="{max: 30h}, blocking: true"),
         History("c", every(DAY, 5), policy="{until_learned: 26h, max: 30h}"), History("d", every(DAY, 20), policy="{until_learned: 1h}")]
    write(p, h, "  down: {depends_on: [a, b], exposed: true}\n")
    report(p, h)
    last = h[0].arrivals[-1]
    for name, hours in (("a", 26), ("b", 30), ("c", 26)):
        for t, status in ((last + hours * HOUR - 1, "pass"), (last + hours * HOUR, "fail")):
            got = p.json("fresh", name, "--now", stamp(t)).asset(name)["freshness"]
            same((got["status"], got["deadline"], got["learning"], got["next_deadline"]),
                 (status, stamp(last + hours * HOUR), True, stamp(last + hours * HOUR) if status == "pass" else None), (name, t))
            contains(got["evidence"], "learning: 4 of 7 intervals", "until then %dh is allowed" % hours)
    same(p.json("gate", "down", "--now", stamp(last + 26 * HOUR - 1)).json["decision"], "allow")
    done = p.json("gate", "down", "--now", stamp(last + 26 * HOUR)).expect(1)
    same([(r["upstream"], r["kind"]) for r in done.json["reasons"] if r["effect"] == "block"], [("a", "late")])
    # Once it is learned, it counts no more.
    got = p.json("fresh", "d", "--now", stamp(h[3].arrivals[-1] + 2 * HOUR)).asset("d")["freshness"]
    same((got["status"], "learning" in got), ("pass", False))
    with Service(p, now=stamp(last + 26 * HOUR)) as s:
        same({a["key"]: a["freshness"]["status"] for a in s.get("/v1/assets").expect(200).json["assets"] if a["key"] != "down"},
             {"a": "fail", "b": "pass", "c": "fail", "d": "fail"})  # of d fewer have come by then


@test
def what_could_have_been_learned_and_was_not_is_unknown(p):
    """An asset in whose every interval something failed never learns: that is told, and no silence."""
    arrivals = every(DAY, 30)
    h = [History("t", arrivals, failed=[a + HOUR for a in arrivals]), History("bound", arrivals, failed=[a + HOUR for a in arrivals], policy="{until_learned: 25h}")]
    write(p, h)
    report(p, h)
    done = p.json("fresh", "--now", stamp(arrivals[-1] + 2 * HOUR)).expect(3)
    got = done.asset("t")["freshness"]
    same((got["status"], got["learning"]), ("unknown", True))
    contains(got["evidence"], "learning: 0 of 7 intervals", "29 more were left out", "until_learned")
    same(done.asset("bound")["freshness"]["status"], "pass")
    same(p.json("fresh", "bound", "--now", stamp(arrivals[-1] + 25 * HOUR)).expect(1).asset("bound")["freshness"]["status"], "fail")
    contains(p.weir("fresh", "--now", stamp(arrivals[-1] + 2 * HOUR)).expect(3).out, "does not get on")


@test
def a_partition_of_the_far_future_makes_no_backfills_of_all_that_follow(p):
    p.catalog("service: {probe_every: off}\nassets:\n  t:\n    exposed: true\n    partitions: {date: {every: day, from: 2024-01-01}}\n    freshness: {learned: true}\n"
              "  ahead:\n    exposed: true\n    partitions: {date: {every: day, from: 2024-01-01}}\n    freshness: {learned: true}\n")
    day0 = of_wall(2024, 1, 1, 0, 0, UTC)
    body, arrivals, ahead = [], [], []
    for i in range(20):
        arrivals.append(day0 + (i + 1) * DAY + 3 * HOUR + (i % 5) * 600)
        body.append((arrivals[-1], "t", stamp(day0 + i * DAY)[:10]))
        # Forecasts: of the day after tomorrow, and once more in the evening.
        ahead.append(day0 + i * DAY + 5 * HOUR + (i % 3) * 300)
        body += [(ahead[-1], "ahead", stamp(day0 + (i + 2) * DAY)[:10]), (ahead[-1] + 12 * HOUR, "ahead", stamp(day0 + (i + 2) * DAY)[:10])]
        if i == 3:
            body.append((arrivals[-1] + 60, "t", "2094-01-01"))
    now = arrivals[-1] + HOUR
    with Service(p, now=stamp(now)) as s:
        post(s, [{"asset": k, "kind": "materialized", "at": stamp(at), "partition": part} for at, k, part in sorted(body)])
    for name, of in (("t", arrivals), ("ahead", ahead)):
        got = p.json("fresh", name, "--now", stamp(now)).asset(name)["freshness"]
        assert got["deadline"] and abs(datetime.datetime.fromisoformat(got["deadline"]).timestamp() - deadline(of)) < 1e-3, (name, got, stamp(deadline(of)))


@test
def what_it_was_late_for_teaches_nothing(p):
    """A gap in which the asset was told to be late is left out, so that lateness does not become usual."""
    arrivals = every(DAY, 10)
    h = History("t", arrivals)
    write(p, [h])
    report(p, [h])
    for k in range(1, 4):
        # Ten days without, and then it comes.
        at = arrivals[-1] + 10 * DAY
        p.json("audit", "--now", stamp(at)).expect(1)
        arrivals.append(at + HOUR)
        p.weir("events", "add", "t", "--at", stamp(arrivals[-1]), "--now", stamp(arrivals[-1])).expect(0)
        p.json("audit", "--now", stamp(arrivals[-1] + 60)).expect(0)
        got = p.json("fresh", "--now", stamp(arrivals[-1] + 60)).asset("t")["freshness"]
        same(got["deadline"], stamp(arrivals[-1] + DAY + DAY // 10), "after %d" % k)


@test
def backfills_teach_nothing_and_freshen_nothing(p):
    p.catalog("service: {probe_every: off}\nassets:\n  t:\n    exposed: true\n    partitions: {date: {every: day, from: 2024-01-01}}\n    freshness: {learned: true}\n")
    day0 = of_wall(2024, 1, 1, 0, 0, UTC)
    arrivals, events = [], []
    for i in range(30):
        at = day0 + (i + 1) * DAY + 3 * HOUR + (i % 5) * 600
        arrivals.append(at)
        events.append((at, i))
        for back in range(1, 1 + (i % 4) * 2):
            if i >= back:
                events.append((at + back * 2 * HOUR, i - back))
    body = [{"asset": "t", "kind": "materialized", "at": stamp(at), "partition": stamp(day0 + i * DAY)[:10]} for at, i in sorted(events)]
    now = arrivals[-1] + 20 * HOUR
    with Service(p, now=stamp(now)) as s:
        post(s, body)
        post(s, [{"asset": "t", "kind": "materialized", "at": stamp(now), "partition": "2024-01-05"}])
    got = p.json("fresh", "--now", stamp(now + 60)).asset("t")["freshness"]
    assert abs(datetime.datetime.fromisoformat(got["deadline"]).timestamp() - deadline(arrivals)) < 1e-3, got
    same(got["produced_at"], stamp(arrivals[-1]))


@test
def what_only_looks_saw_teaches_too(p):
    p.catalog("assets: {t: {path: t.csv, exposed: true, freshness: {learned: true}}}\n")
    arrivals = every(DAY, 10, start=1715000000)
    for i, t in enumerate(arrivals):
        p.write("t.csv", "id\n%d\n" % i)
        p.touch("t.csv", 1715342400 - t)
        got = p.json("audit", "--now", stamp(t + HOUR)).asset("t")["freshness"]
        same((i, got["status"]), (i, "none" if i < 7 else "pass"))
        if i >= 7:
            same(got["deadline"], stamp(t + DAY + DAY // 10))


@test
def the_service_tells_lateness_by_its_timer(p):
    p.catalog("service: {probe_every: off}\nassets: {t: {exposed: true, freshness: {learned: true}}}\n")
    with Service(p) as s:
        now = int(time.time())
        last = now - 62
        post(s, [{"asset": "t", "kind": "materialized", "at": stamp(last - k * 60)} for k in range(10, -1, -1)])

        def status():
            return s.get("/v1/assets/t").expect(200).json["freshness"]["status"]

        first = status()
        end = time.monotonic() + 30
        while status() != "fail":
            assert time.monotonic() < end, "nobody told it"
            time.sleep(0.1)
        assert time.time() >= last + 66, "too early"
        same(first, "pass")
        end = time.monotonic() + 30
        while [i["kind"] for i in s.get("/v1/incidents").expect(200).json["incidents"]] != ["late"]:
            assert time.monotonic() < end, "there is no incident"
            time.sleep(0.1)


WRONG = [
    ("{learned: true, max_age: 2h}", "cannot stand beside 'max_age'"),
    ("{learned: true, cron: '0 6 * * *'}", "cannot stand beside 'cron'"),
    ("{learned: {sensitivity: 0}}", "from 0.1 to 1000"),
    ("{learned: {sensitivity: .nan}}", "sensitivity"),
    ("{learned: {min: 2d, max: 1d}}", "must not be more than"),
    ("{learned: {min_history: 2}}", "at least 3"),
    ("{learned: {min_history: 151}}", "at most 150"),
    ("{learned: {since: soon}}", "a day or an instant"),
    ("{learned: true, blocking: true}", "'blocking' needs a bound"),
    ("{learned: {until_learned: 3d, max: 2d}}", "must not be more than"),
    ("{learned: {senstivity: 3}}", "did you mean"),
    ("{learned: 3d}", "true or false"),
    ("{learned: false}", "names no limit"),
    ("{learned: true, grace: 1h}", "means nothing without 'cron'"),
    ("{learned: true, timezone: Mars/Base}", "time zone"),
]


@test
def policies_that_mean_nothing_are_refused(p):
    for policy, words in WRONG:
        p.catalog("assets: {t: {exposed: true, freshness: %s}}\n" % policy)
        contains(p.weir("validate").expect(2).err, words)
    for policy in ("{learned: true}", "{learned: {}}", "{learned: false, max_age: 2h}", "{learned: true, timezone: Asia/Seoul, max_data_age: 3d, blocking: true}"):
        p.catalog("assets: {t: {exposed: true, freshness: %s}}\n" % policy)
        p.weir("validate").expect(0)


@test
def what_is_still_learned_is_told(p):
    p.catalog("assets:\n  t: {path: t.csv, freshness: {learned: {min_history: 3}}}\n")
    p.write("t.csv", "a\n1\n")
    out = p.weir("fresh", now="2040-01-01T00:00:00Z").expect(0).out
    contains(out, "learning: 0 of 3 intervals")
    same("No asset says how old" in out, False)
