"""One incident for one cause: what follows from it stands in it, from look to look, and nothing of that is lost when the cause is over."""
import sqlite3
import time

from project import same, test
from service import Service

N = 60
ALERTS = "alerts:\n  enabled: true\n  flapping: off\n  channels: {ops: {type: command, command: ['true']}}\n  routes: [{to: ops}]\n"
DAY = "2024-05-10T%s:00Z"


def ask(p, sql):
    db = sqlite3.connect("file:%s?mode=ro" % p.path(".weir/state.db"), uri=True)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def made(p, key, at, *words):
    p.weir("events", "add", key, "--at", at, *words, now=at).expect(0)


def incidents(p):
    """Of those that are open: key -> symptoms that are held, by their number in the incident, and by its own count."""
    return {k: (n, c) for k, n, c in ask(p, "SELECT key, (SELECT count(*) FROM symptom WHERE incident = i.id), symptoms FROM incident AS i"
                                            " WHERE resolved_us IS NULL AND kind <> 'unused' ORDER BY seq")}


def told(p):
    """How many incidents each message was about."""
    return [n for n, in ask(p, "SELECT count(*) FROM message_incident AS m JOIN incident AS i ON i.id = m.incident AND i.kind <> 'unused' GROUP BY m.message ORDER BY m.message")]


def fan(p, more=""):
    """One input, and many that are made from it; all of them once, and late an hour later."""
    p.catalog(ALERTS + "assets:\n  raw: {freshness: {max_age: 30m}}\n" + "".join(
        "  c%02d: {depends_on: [raw], exposed: true, freshness: {max_age: 30m}}\n" % i for i in range(N)) + more)
    for key in ["raw"] + ["c%02d" % i for i in range(N)]:
        made(p, key, DAY % "06:00")


@test
def a_look_at_a_part_forgets_no_symptoms_and_takes_out_what_is_well(p):
    fan(p)
    p.weir("fresh", now=DAY % "07:00").expect(1)
    cause = "freshness|raw||"
    same((incidents(p), told(p)), ({cause: (N, N)}, [1]))
    for words in (["raw"], ["c03"], ["raw", "c04"], []):
        p.weir("fresh", *words, now=DAY % "07:01").expect(1)
        same(incidents(p), {cause: (N, N)}, " ".join(words))
    made(p, "c05", DAY % "07:02")
    p.weir("fresh", "c05", now=DAY % "07:03").expect(0)
    same((incidents(p), told(p)), ({cause: (N - 1, N - 1)}, [1]))
    same(ask(p, "SELECT count(*) FROM symptom WHERE asset = 'c05'"), [(0,)])
    # Late again, below what is still late: it is back.
    p.weir("fresh", "c05", now=DAY % "08:00").expect(1)
    same((incidents(p), told(p)), ({cause: (N, N)}, [1]))
    shown = p.json("incidents", "show", ask(p, "SELECT id FROM incident WHERE kind = 'late'")[0][0], now=DAY % "08:00").json
    same((shown["symptom_count"], [s["asset"] for s in shown["symptoms"]]), (N, ["c%02d" % i for i in range(50)]))


@test
def what_a_cause_leaves_behind_has_time_to_become_well_and_is_told_then(p):
    fan(p)
    p.weir("fresh", now=DAY % "07:00").expect(1)
    made(p, "raw", DAY % "07:10")
    p.weir("fresh", "raw", now=DAY % "07:10").expect(0)
    same(incidents(p), {})
    # What followed from it stays on record.
    same(ask(p, "SELECT symptoms, loose FROM incident WHERE kind = 'late'"), [(N, 1)])
    for i in range(N - 2):
        made(p, "c%02d" % i, DAY % "07:12")
    p.weir("fresh", *["c%02d" % i for i in range(N - 2)], now=DAY % "07:13").expect(0)
    p.weir("alerts", "send", now=DAY % "07:24").expect(0)
    same(incidents(p), {})
    p.weir("alerts", "send", now=DAY % "07:26").expect(0)
    same(incidents(p), {"freshness|c%d||" % i: (0, 0) for i in (N - 2, N - 1)})
    same(sum(told(p)), 1 + 1 + 2)
    p.weir("alerts", "send", now=DAY % "07:27").expect(0)
    same((ask(p, "SELECT count(*) FROM incident WHERE loose <> 0"), sum(told(p))), ([(0,)], 4))
    # They are well at last, as any.
    for key in ("c%d" % (N - 2), "c%d" % (N - 1)):
        made(p, key, DAY % "07:30")
    p.weir("fresh", now=DAY % "07:30").expect(0)
    same(incidents(p), {})


@test
def a_symptom_of_two_causes_goes_to_the_other_when_one_is_over(p):
    p.catalog(ALERTS + """assets:
  one: {freshness: {max_age: 30m}}
  two: {freshness: {max_age: 30m}}
  mid: {depends_on: [one, two], freshness: {max_age: 30m}}
  end: {depends_on: [mid], exposed: true, freshness: {max_age: 30m}}
""")
    for key in ("one", "two", "mid", "end"):
        made(p, key, DAY % "06:00")
    p.weir("fresh", now=DAY % "07:00").expect(1)
    same(incidents(p), {"freshness|one||": (2, 2), "freshness|two||": (0, 0)})
    made(p, "one", DAY % "07:10")
    p.weir("fresh", "one", now=DAY % "07:10").expect(0)
    same(incidents(p), {"freshness|two||": (0, 0)})
    p.weir("alerts", "send", now=DAY % "07:30").expect(0)
    same(incidents(p), {"freshness|two||": (2, 2)})
    # The other one is over, too: the first of a chain stands for what is behind it.
    made(p, "two", DAY % "07:31")
    p.weir("fresh", "two", now=DAY % "07:31").expect(0)
    p.weir("alerts", "send", now=DAY % "07:50").expect(0)
    same(incidents(p), {"freshness|mid||": (1, 1)})
    # A look at all does it at once.
    made(p, "one", DAY % "07:50")
    made(p, "mid", DAY % "07:51")
    p.weir("fresh", now=DAY % "07:51").expect(1)
    same(incidents(p), {"freshness|end||": (1, 1)})


@test
def what_cannot_be_made_since_a_check_failed_upstream_follows_from_the_failure(p):
    p.catalog(ALERTS + """assets:
  raw: {path: raw.csv, checks: [not_null: id]}
  other: {path: other.csv}
  mart: {path: mart.csv, depends_on: [raw, other], exposed: true, checks: [not_null: id]}
  end: {path: end.csv, depends_on: [mart], exposed: true}
""")
    for name, at in (("raw", 900), ("other", 900), ("mart", 800), ("end", 700)):
        p.write(name + ".csv", "id,n\n1,1\n", at=at)
    p.weir("audit").expect(0)
    p.write("raw.csv", "id,n\n,1\n", at=600)
    p.write("other.csv", "id,n\n2,1\n", at=600)
    p.weir("audit").expect(1)
    cause = "check|raw||raw:not_null:id"
    same(incidents(p), {cause: (2, 2)})
    same(ask(p, "SELECT kind, asset FROM symptom ORDER BY asset"), [("stale", "end"), ("stale", "mart")])
    # What fails by itself is another thing.
    p.write("mart.csv", "id,n\n,1\n", at=800)
    p.weir("check", "mart").expect(1)
    own = "check|mart||mart:not_null:id"
    same(incidents(p), {cause: (2, 2), own: (0, 0)})
    # Mended, what is still stale is so on its own account.
    p.write("raw.csv", "id,n\n1,1\n", at=500)
    p.write("mart.csv", "id,n\n1,1\n", at=800)
    p.weir("audit")
    same(incidents(p), {"stale|mart||": (1, 1)})


def late_service(p, n):
    p.catalog(ALERTS + "service: {probe_every: off}\nassets:\n  raw: {freshness: {max_age: 1h}}\n" + "".join(
        "  c%03d: {depends_on: [raw], exposed: true, freshness: {max_age: 1h}}\n" % i for i in range(n)))


def ago(hours):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600 * hours))


@test
def a_service_tells_of_one_cause_and_lists_all_that_follows_in_pages(p):
    n = 230
    late_service(p, n)
    names = ["c%03d" % i for i in range(n)]
    with Service(p) as s:
        s.post("/v1/events", [{"asset": k, "at": ago(2)} for k in ["raw"] + names]).expect(201)

        def there():
            return [i for i in s.get("/v1/incidents").expect(200).json["incidents"] if i["kind"] != "unused"]

        found = settled(there, lambda v: len(v) == 1 and v[0]["symptom_count"] == n)
        same((found["asset"], [x["asset"] for x in found["symptoms"]]), ("raw", names[:50]))
        target, got = "/v1/incidents/%s/symptoms?limit=100" % found["id"], []
        while target:
            page = s.raw("GET", target).expect(200).json
            same(page["count"], n)
            got += [x["asset"] for x in page["symptoms"]]
            target = page["next"]
        same(got, names)
        s.get("/v1/incidents/nope/symptoms").expect(404)
        s.raw("GET", "/v1/incidents/%s/symptoms?cursor=*" % found["id"]).expect(400)
        # One is well.
        s.post("/v1/events", {"asset": "c007"}).expect(201)
        found = settled(there, lambda v: v[0]["symptom_count"] == n - 1)
    # After a start nothing is found anew.
    before = ask(p, "SELECT count(*) FROM run")
    with Service(p) as s:
        found = settled(there, lambda v: len(v) == 1)
        same(found["symptom_count"], n - 1)
        same(ask(p, "SELECT count(*) FROM run"), before)
        s.post("/v1/events", {"asset": "raw"}).expect(201)
        # They are late still, and stale, too, and have time to be made again; one was well before.
        settled(there, lambda v: [i["asset"] for i in v] == ["c007"])
        same(ask(p, "SELECT symptoms, loose FROM incident WHERE kind = 'late'"), [(2 * (n - 1), 1)])
        s.post("/v1/events", [{"asset": k} for k in names]).expect(201)
        settled(there, lambda v: v == [], one=False)
        same(ask(p, "SELECT count(*) FROM symptom WHERE past = 0"), [(0,)])
    same(ask(p, "SELECT kind, count(*) FROM incident WHERE kind <> 'unused' GROUP BY kind"), [("late", 1), ("stale", 1)])


def settled(what, fits, one=True, seconds=15):
    end = time.monotonic() + seconds
    while True:
        found = what()
        if fits(found):
            return found[0] if one else found
        assert time.monotonic() < end, found
        time.sleep(0.05)
