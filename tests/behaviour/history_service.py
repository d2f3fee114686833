"""Checks on the past, judged by a command beside the state, by the service, and by a command that asks the service: the same each time."""
import contextlib
import datetime
import shutil
import sqlite3

from project import Project, contains, same, test
from remote import Fake, plain, problem, query
from service import Service
from service_work import run

DAY0 = datetime.datetime(2024, 1, 1, 6, tzinfo=datetime.timezone.utc)  # a Monday

CHECKS = """      - {change: {of: row_count, against: last_good, within_percent: 20}, name: as-many}
      - {change: {of: row_count, against: previous, within_percent: 500}, name: near}
      - {anomaly: {of: {mean: v}, min_history: 5}, name: usual}
      - {anomaly: {of: {mean: v}, min_history: 2, seasonal: weekday}, name: learning}
      - {change: {of: {not_null: w}, against: median(3), max: 0}, name: nulls}
      - {not_null: w, fail: "> last_good + 10%", name: grows}
      - {schema_change: {against: last}, name: columns}
      - {schema_change: {against: last_good, allow: [added, removed]}, name: good-columns}
      - {all: [{row_count: {min: 1}}, {change: {of: {max: v}, against: "max(3)", max: 5}}], name: both}
      - {between: {column: v, max: 120}, name: bound}
      - {max: {column: v, max: 10000}, name: greatest}
"""
CATALOG = """service: {probe_every: off}
assets:
  t:
    path: data/t.csv
    exposed: true
    version: {from: content}
    checks:
""" + CHECKS


def at(day, hour=0):
    return (DAY0 + datetime.timedelta(days=day, hours=hour)).strftime("%Y-%m-%dT%H:%M:%SZ")


def table(rows, base, more="", nulls=2):
    return "id,v,w%s\n" % more + "".join("%d,%d,%s%s\n" % (i, base + i % 7, "" if i < nulls else "x", ",1" if more else "") for i in range(rows))


def history(p):
    """Ten days, one of which failed, and one was looked at twice."""
    p.catalog(CATALOG)
    for day, (rows, base) in enumerate([(50, 100), (52, 101), (49, 99), (200, 150), (51, 100), (53, 102), (50, 98), (52, 100), (54, 101), (51, 99)]):
        p.write("data/t.csv", table(rows, base, nulls=2 + day % 2))
        for _ in range(1 + day % 2):
            p.now = at(day)
            p.json("check")


@contextlib.contextmanager
def copy_of(p, *without):
    c = Project()
    try:
        shutil.copytree(p.dir, c.dir, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*without))
        c.now = p.now
        yield c
    finally:
        c.close()


def verdicts(report):
    return {(c["id"], a["partition"]): {k: c[k] for k in ("outcome", "message", "result", "severity", "implicit")} for a in report["assets"] for c in a["checks"]}


def measured(p, run_id):
    """What a run left in the history of numbers; a service may check something else by itself meanwhile."""
    with contextlib.closing(sqlite3.connect(p.path(".weir/state.db"))) as db:
        found = sorted(db.execute("SELECT partition, name, identity, value, flagged, version FROM metric WHERE run = ?", (run_id,)))
    assert found, "nothing was kept of run " + run_id
    return found


def three_ways(p, *args, **how):
    """Each beside a copy of the state: what a command there says, what the service says, and what a command elsewhere says."""
    with copy_of(p) as here, copy_of(p) as there, copy_of(p) as far, copy_of(p, ".weir") as client:
        mine = here.json("check", *args)
        local = verdicts(mine.json)
        with Service(there, now=p.now) as s:
            asked = run(s, "t", **how)
            service = verdicts(asked["report"])
        with Service(far, now=p.now) as s:
            done = client.json("check", *args, "--server", s.address)
            remote = verdicts(done.json)
        same(service, local, "the service")
        same(remote, local, "--server")
        expected = measured(here, mine.json["run_id"])
        same(measured(there, asked["id"]), expected, "measured by the service")
        same(measured(far, done.json["run_id"]), expected, "measured with --server")
    return {k[0].partition(":")[2]: v["outcome"] for k, v in local.items() if not v["implicit"]}, local


@test
def the_past_gives_the_same_verdicts_wherever_they_are_judged(p):
    history(p)
    p.write("data/t.csv", table(80, 112, nulls=4))
    p.now = at(10)
    outcomes, _ = three_ways(p)
    same(outcomes, {"as-many": "fail", "near": "pass", "usual": "fail", "learning": "skipped", "nulls": "fail", "grows": "fail",
                    "columns": "pass", "good-columns": "pass", "both": "fail", "bound": "pass", "greatest": "pass"})


@test
def looking_again_at_the_same_data_says_the_same_wherever_it_is_judged(p):
    history(p)
    p.now = at(10)
    outcomes, _ = three_ways(p)
    same((outcomes["as-many"], outcomes["usual"], outcomes["columns"]), ("pass", "pass", "pass"))
    # It is compared with what came before it, not with itself.
    p.write("data/t.csv", table(60, 100, more=",extra"))
    p.json("check")
    for _ in range(2):
        outcomes, local = three_ways(p)
        contains(local[("t:columns", "")]["message"], "1 change, all allowed")
        same(outcomes["good-columns"], "pass")
        p.json("check")


@test
def without_a_past_all_learn_wherever_they_are_judged(p):
    p.catalog(CATALOG)
    p.write("data/t.csv", table(10, 100))
    p.now = at(0)
    outcomes, _ = three_ways(p)
    same([outcomes[k] for k in ("as-many", "near", "usual", "learning", "nulls")], ["skipped"] * 5)


@test
def partitions_are_compared_with_earlier_ones_wherever_they_are_judged(p):
    p.catalog("service: {probe_every: off}\nassets:\n  t:\n    path: \"data/{date:%Y-%m-%d}.csv\"\n    exposed: true\n    version: {from: content}\n"
              "    partitions: {date: {every: day, from: 2024-01-01}}\n    checks:\n"
              "      - {change: {of: row_count, within_percent: 30}, name: auto}\n"
              "      - {change: {of: row_count, over: runs, within: 0}, name: runs}\n"
              "      - {not_null: w, fail: \"> last_good + 1\", name: grows}\n"
              "      - {schema_change: {}, name: columns}\n")
    for day in range(6):
        p.write("data/2024-01-%02d.csv" % (day + 1), table(50 + day, 100))
        p.now = at(day + 1)
        p.json("check", "--partition", "2024-01-%02d" % (day + 1))
    p.write("data/2024-01-03.csv", table(90, 100, nulls=7))
    p.write("data/2024-01-07.csv", table(20, 100))
    p.now = at(7)
    outcomes, local = three_ways(p)
    same([local[("t:auto", d)]["outcome"] for d in ("2024-01-01", "2024-01-02", "2024-01-03", "2024-01-07")], ["skipped", "pass", "fail", "fail"])
    same(local[("t:runs", "2024-01-03")]["outcome"], "fail")
    same(local[("t:grows", "2024-01-03")]["outcome"], "fail")
    # One of them, and a range.
    _, one = three_ways(p, "--partition", "2024-01-03", partition="2024-01-03")
    same(one, {k: v for k, v in local.items() if k[1] == "2024-01-03"})
    _, some = three_ways(p, "--partition", "2024-01-03..2024-01-07", partition="2024-01-03..2024-01-07")
    same(sorted({k[1] for k in some}), ["2024-01-%02d" % d for d in (3, 4, 5, 6, 7)])
    same(some, {k: v for k, v in local.items() if k[1] >= "2024-01-03"})


@test
def numbers_stay_in_the_history_whatever_the_result_shows(p):
    history(p)
    p.write("data/t.csv", table(55, 101, nulls=3))
    p.now = at(10)
    three_ways(p)
    with copy_of(p) as far, copy_of(p, ".weir") as client, copy_of(p) as here:
        mine = here.json("check")
        with Service(far, now=p.now) as s:
            theirs = client.json("check", "--server", s.address, "--result-format", "BOOLEAN_ONLY")
        same([m[:5] for m in measured(far, theirs.json["run_id"])], [m[:5] for m in measured(here, mine.json["run_id"])])


@test
def a_guarded_run_elsewhere_is_judged_by_the_past_of_the_service(p):
    history(p)
    p.now = at(10)
    with copy_of(p) as far, copy_of(p, ".weir") as client, Service(far, now=p.now) as s:
        client.write("new.csv", table(80, 112, nulls=4))
        done = client.weir("run", "t", "--server", s.address, "--now", p.now, "--", "cp", "new.csv", "data/t.csv").expect(1)
        contains(done.out + done.err, "row_count is 80, +26 (+48.15 %) against 54 (last_good)")
        with contextlib.closing(sqlite3.connect(far.path(".weir/state.db"))) as db:
            got = dict(db.execute("SELECT check_id, outcome FROM verdict WHERE run = (SELECT run FROM verdict ORDER BY seq DESC LIMIT 1)"))
        same((got["t:as-many"], got["t:usual"], got["t:bound"]), ("fail", "fail", "pass"))


def errors(report):
    return {c["id"].partition(":")[2]: c["message"] for a in report["assets"] for c in a["checks"] if c["outcome"] == "error"}


ASKING = ["as-many", "both", "columns", "good-columns", "grows", "learning", "near", "nulls", "usual"]


@test
def a_past_that_cannot_be_fetched_is_an_error_and_never_learning(p):
    p.catalog(CATALOG)
    p.write("data/t.csv", table(10, 100))
    record = {"kind": "runs", "name": "row_count", "good": False, "error": None, "answers": []}
    answers = [
        problem(500, "no"),
        problem(404, "there is no such thing"),
        problem(403, "not for you"),
        plain(200, {}),
        plain(200, []),
        plain(200, {"asset": "other", "partition": "", "records": []}),
        plain(200, {"asset": "t", "partition": ""}),
        plain(200, {"asset": "t", "partition": "", "records": [{"kind": "runs", "name": "row_count"}]}),
        plain(200, {"asset": "t", "partition": "", "records": [dict(record, answers=[{"points": [{"value": 5.0}]}])]}),
        plain(200, {"asset": "t", "partition": "", "records": [dict(record, answers=[{"points": [{"value": "x", "at": "2024-01-01T00:00:00Z"}]}])]}),
        plain(200, {"asset": "t", "partition": "", "records": []}),
        plain(200, {"asset": "t", "partition": "", "records": [dict(record, kind="nobody knows")]}),
    ]
    for answer in answers:
        asked = []

        def reply(request):
            path, _ = query(request)
            asked.append(path)
            return answer if path == "/v1/assets/t/past" else problem(422, "not now")

        with Fake(reply) as fake:
            done = p.json("check", "--server", fake.base)
        same(done.status, 3)
        same(sorted(errors(done.json)), ASKING, repr(answer))
        same(asked[0], "/v1/assets/t/past")


@test
def one_question_without_an_answer_is_an_error_of_its_own_check(p):
    p.catalog(CATALOG)
    p.write("data/t.csv", table(10, 100))
    refused = {"kind": "runs", "name": "row_count", "good": False, "error": {"code": "ERR_LIMIT", "message": "it is too much", "hint": ""}, "answers": []}
    point = {"partition": "", "data_version": "v", "at": "2024-01-01T00:00:00Z", "value": 2.0, "flagged": False, "incident": False}
    mean = {"kind": "runs", "name": "mean:v", "good": False, "error": None, "answers": [{"partition": "", "points": [point], "number": None, "seen": []}]}
    with Fake(lambda r: plain(200, {"asset": "t", "partition": "", "records": [refused, mean]}) if r.path.endswith("/past") else problem(422, "not now")) as fake:
        done = p.json("check", "--server", fake.base)
    got = errors(done.json)
    same(sorted(got), [k for k in ASKING if k not in ("usual", "learning")])
    same(got["as-many"], "it is too much")
    contains(done.check("t:usual")["message"], "1 of 5 points")


@test
def who_asks_nothing_of_the_past_asks_the_service_nothing(p):
    p.catalog("assets: {t: {path: data/t.csv, exposed: true, checks: [not_null: id]}}\n")
    p.write("data/t.csv", table(10, 100))
    asked = []

    def reply(request):
        asked.append(request.path)
        return problem(422, "not now")

    with Fake(reply) as fake:
        p.json("check", "--server", fake.base)
    same([a for a in asked if "past" in a], [])


@test
def the_past_of_an_asset_is_told_over_http(p):
    history(p)
    with Service(p, now=at(10)) as s:
        got = s.get("/v1/assets/t/past").expect(200).json
        same((got["asset"], got["partition"]), ("t", ""))
        kinds = {(r["kind"], r["name"], r["good"]): r for r in got["records"]}
        same(sorted(kinds), [("last_good", "not_null:w\nt:grows", False), ("result", "expect_table_schema_to_be_unchanged\nt:columns", False),
                             ("result", "expect_table_schema_to_be_unchanged\nt:good-columns", True), ("runs", "max:v", False),
                             ("runs", "mean:v", False), ("runs", "not_null:w", False), ("runs", "row_count", False)])
        points = kinds["runs", "row_count", False]["answers"][0]["points"]
        same(len(points), 10)  # of each version one
        same(sorted({p["value"] for p in points if p["flagged"]}), [200.0])
        s.get("/v1/assets/gone/past").expect(404)
        s.get("/v1/assets/t/past", partition="2024-01-01").expect(200)


DRIFT = """assets:
  base: {path: %s, exposed: true}
  t:
    path: data/t.csv
    exposed: true
    version: {from: content}
    checks: [{drift: {column: v, against: base, method: ks, max: 0.2}, name: drift}]
"""


@test
def drift_from_another_asset_is_judged_in_the_service(p):
    p.catalog("service: {probe_every: off}\n" + DRIFT % "more/base.csv")
    p.write("data/t.csv", table(30, 100))
    p.write("more/base.csv", table(30, 104))
    outcomes, local = three_ways(p, "t")
    same(outcomes, {"drift": "fail"})
    p.write("more/base.csv", table(60, 100))
    same(three_ways(p, "t")[0], {"drift": "pass"})


@test
def drift_from_what_the_service_may_not_read_is_an_error_that_says_so(p):
    p.catalog("service: {probe_every: off, roots: [data]}\n" + DRIFT % "more/base.csv")
    p.write("data/t.csv", table(30, 100))
    p.write("more/base.csv", table(30, 100))
    with Service(p, now=at(0)) as s:
        there = run(s, "t")
    same([c["outcome"] for c in there["report"]["assets"][0]["checks"] if not c["implicit"]], ["error"])
    contains(there["trouble"], "may not read", "more")
