"""One incident for one cause, also where thousands of assets follow from it, and whatever happens while these are being told of."""
import datetime
import time

from project import same, test
from service import Service
from symptoms import ALERTS, ago, ask, settled

N = 4000
NAMES = ["c%04d" % i for i in range(N)]


def catalog(p, names, more="", age="1h"):
    p.catalog(ALERTS + "service: {probe_every: off}\nassets:\n  raw: {freshness: {max_age: 1h, never_seen: pass}}\n" + "".join(
        "  %s: {depends_on: [raw], exposed: true, freshness: {max_age: %s, never_seen: pass}}\n" % (k, age) for k in names) + more)


def give(s, keys, at):
    for k in range(0, len(keys), 1000):
        s.post("/v1/events", [{"asset": x, "at": at} for x in keys[k:k + 1000]]).expect(201)


def late(p):
    """Of all that are or were late: how many, and how many followed from these."""
    return ask(p, "SELECT count(*), coalesce(sum(symptoms), 0) FROM incident WHERE kind IN ('late', 'unknown_age')")[0]


def messages(p):
    return ask(p, "SELECT type, count(*) FROM message WHERE body NOT LIKE '%\"unused\"%' GROUP BY type")


def instant(seconds):
    """RFC 3339, that many seconds from now."""
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@test
def a_cause_that_ends_while_thousands_of_its_symptoms_are_told_is_still_one_incident(p):
    catalog(p, NAMES)
    with Service(p) as s:
        give(s, ["raw"] + NAMES, instant(8 - 3600))
        same(late(p), (0, 0))
        settled(lambda: late(p), lambda v: v[0] > 0, one=False, seconds=30)
        s.post("/v1/events", {"asset": "raw"}).expect(201)
        settled(lambda: ask(p, "SELECT count(*) FROM incident WHERE kind = 'late' AND resolved_us IS NOT NULL"), lambda v: v == [(1,)],
                one=False, seconds=30)
        # What is late still has time to be made again.
        same(ask(p, "SELECT count(*) FROM symptom WHERE past = 0 AND kind = 'late'"), [(N,)])
        give(s, NAMES, instant(0))
        settled(lambda: ask(p, "SELECT count(*) FROM symptom WHERE past = 0"), lambda v: v == [(0,)], one=False, seconds=30)
        same(late(p)[0], 1)
        same(messages(p), [("incident.opened", 1), ("incident.resolved", 1)])


@test
def what_becomes_late_a_moment_before_its_cause_is_told_with_it(p):
    catalog(p, NAMES, age="50m")
    with Service(p) as s:
        # Made later than it, and late a tenth of a second earlier.
        start = time.monotonic()
        give(s, NAMES, instant(8 - 3000))
        give(s, ["raw"], instant(8.1 - (time.monotonic() - start) - 3600))
        same(late(p), (0, 0))
        settled(lambda: late(p), lambda v: v[1] == N, one=False, seconds=30)
        same((late(p), messages(p)), ((1, N), [("incident.opened", 1)]))
        # All of them are listed by whoever asks for it, beside the state and from elsewhere.
        one = ask(p, "SELECT id FROM incident WHERE kind = 'late'")[0][0]
        for where in ((), ("--server", s.address)):
            shown = p.json("incidents", "show", one, "--symptoms", *where, now="").expect(0).json
            same((shown["symptom_count"], [x["asset"] for x in shown["symptoms"]]), (N, NAMES), where)
            text = p.weir("incidents", "show", one, "--symptoms", *where, now="").expect(0).out
            same([k for k in text.split() if k[:-1] in ("c0000", "c%04d" % (N - 1))], ["c0000:", "c%04d:" % (N - 1)], where)
            same("--symptoms shows all" in text, False)
            p.weir("incidents", "show", one, *where, now="").expect(0, "c0049: ", "--symptoms shows all")
        p.weir("incidents", "list", "--symptoms").expect(2, "takes no --symptoms")


@test
def what_was_told_of_before_its_cause_was_late_keeps_its_incident_and_nobody_is_told_again(p):
    catalog(p, ["c0", "c1"], "  end: {depends_on: [c0], exposed: true, freshness: {max_age: 30m}}\n", age="30m")
    for key, at in (("raw", "06:00"), ("c0", "06:10"), ("end", "06:11"), ("c1", "06:40")):
        p.weir("events", "add", key, "--at", "2024-05-10T%s:00Z" % at, now="2024-05-10T%s:00Z" % at).expect(0)

    def open_now(at):
        p.weir("fresh", now="2024-05-10T%s:00Z" % at)
        return ask(p, "SELECT asset, symptoms FROM incident WHERE resolved_us IS NULL AND kind = 'late' ORDER BY seq")

    same((open_now("06:50"), messages(p)), ([("c0", 1)], [("incident.opened", 1)]))
    # What follows from both stands where both come from.
    for at in "07:20", "07:30":
        same((open_now(at), messages(p)), ([("c0", 0), ("raw", 2)], [("incident.opened", 2)]), at)


@test
def among_thousands_of_open_incidents_symptoms_find_their_cause(p):
    names, others = NAMES[:60], ["x%04d" % i for i in range(2500)]
    catalog(p, names, "  between: {depends_on: [raw]}\n  end: {depends_on: [between], exposed: true, freshness: {max_age: 1h, never_seen: pass}}\n" + "".join(
        "  %s: {exposed: true, freshness: {max_age: 1h, never_seen: pass}}\n" % k for k in others))
    with Service(p) as s:
        give(s, others, ago(2))
        settled(lambda: late(p), lambda v: v == (2500, 0), one=False, seconds=40)
        give(s, ["raw"], ago(2))
        settled(lambda: late(p), lambda v: v == (2501, 0), one=False)
        give(s, names + ["end"], ago(2))
        settled(lambda: late(p), lambda v: v == (2501, 61), one=False)
        # Well and late again, with another message.
        give(s, ["c0003", "x0007"], ago(0))
        settled(lambda: late(p), lambda v: v == (2501, 60), one=False)
        same(ask(p, "SELECT asset FROM incident WHERE kind = 'late' AND resolved_us IS NOT NULL"), [("x0007",)])
        # The input is another one now, and the incident that holds it stands elsewhere.
    catalog(p, ["c0001"], "".join("  %s: {exposed: true, freshness: {max_age: 1h, never_seen: pass}}\n" % k for k in others + names[2:] + ["end"]))
    with Service(p) as s:
        give(s, ["c0005"], ago(0))
        settled(lambda: ask(p, "SELECT symptoms FROM incident WHERE asset = 'raw'"), lambda v: v == [(59,)], one=False)
    same(late(p), (2501, 59))


@test
def what_was_never_seen_is_awaited_after_a_start_and_then_follows_from_what_it_is_made_from(p):
    p.catalog(ALERTS + "service: {probe_every: off}\nassets:\n  raw: {freshness: {max_age: 1h}}\n  here: {exposed: true, freshness: {max_age: 1h}}\n" + "".join(
        "  %s: {depends_on: [raw], exposed: true, freshness: {max_age: 1h}}\n" % k for k in NAMES))
    start = time.monotonic()
    with Service(p) as s:
        # What is late is not waited with.
        s.post("/v1/events", {"asset": "here", "at": ago(2)}).expect(201)
        settled(lambda: late(p), lambda v: v == (1, 0), one=False)
        same(time.monotonic() - start < 25, True)
        settled(lambda: late(p), lambda v: v[0] == 2, one=False, seconds=40)
        same(time.monotonic() - start > 29, True)
        # The cause ends while the others are told.
        s.post("/v1/events", {"asset": "raw"}).expect(201)
        settled(lambda: ask(p, "SELECT symptoms FROM incident WHERE resolved_us IS NOT NULL"), lambda v: v == [(N,)], one=False)
        same((late(p)[0], messages(p)), (2, [("incident.opened", 2), ("incident.resolved", 1)]))
