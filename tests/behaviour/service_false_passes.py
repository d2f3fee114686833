"""An adversary at the gates of a service: nothing of what it tries may open one."""
import copy
import os
import signal
import sqlite3
import time
from datetime import datetime, timedelta, timezone

from project import contains, same, test
from remote import Fake, plain
from service import Service, key
from service_gates import ASSETS, BAD, GATE, GOOD, QUIET, ask, kinds, replace, shop

CHECK = "raw/orders:not_null:id"


def at(seconds):
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def until(expected, s, seconds=10, gate=GATE, **query):
    """The reasons that block, as soon as they are these; prepared answers only, no look is asked for."""
    end = time.monotonic() + seconds
    while (got := kinds(ask(s, gate, **query))) != expected and time.monotonic() < end:
        time.sleep(0.02)
    same(got, expected)


def followed(s, expected):
    """All ways of asking say the same."""
    same(kinds(ask(s)), expected)
    status = 200 if not expected else 404 if set(expected) <= {"unchecked", "late", "missing", "in_progress"} else 423
    s.get(GATE, **{"as": "status"}).expect(status)
    same(kinds(ask(s, wait="0s")), expected)
    same(s.ask("HEAD", GATE + "?as=status").status, status)


@test
def what_is_put_up_with_for_a_while_blocks_the_moment_that_ends(p):
    shop(p, believe="1h")
    replace(p, "data/orders.csv", BAD)
    with Service(p) as s:
        same(kinds(ask(s, run=1)), ["check_failed"])
        for end in ("time", "api", "command"):
            s.post("/v1/waivers", {"checks": [CHECK], "reason": "known", "until": at(1.5 if end == "time" else 3600)}).expect(201)
            followed(s, [])
            began = time.monotonic()
            if end == "api":
                s.ask("DELETE", "/v1/waivers/" + key(CHECK))
            elif end == "command":
                p.weir("waive", "--end", CHECK, now="").expect(0)
            else:
                until(["check_failed"], s)
                assert time.monotonic() - began < 2.5, "too late"
            followed(s, ["check_failed"])
        s.post(GATE + "/override", {"reason": "backfill", "for": "2s"}).expect(201)
        followed(s, [])
        until(["check_failed"], s)
        followed(s, ["check_failed"])


@test
def an_older_verdict_is_accepted_for_its_time_and_no_longer(p):
    shop(p, believe="1h", assets=ASSETS.replace("exposed: true", "exposed: true\n    gate: {accept_verdict_within: 4s}"))
    with Service(p) as s:
        same(ask(s, run=1)["decision"], "allow")
        began = time.monotonic()
        replace(p, "data/orders.csv", GOOD + "2,2\n")
        same(ask(s, look=1)["decision"], "allow")
        until(["unchecked"], s)
        assert time.monotonic() - began < 5, "too late"
        followed(s, ["unchecked"])


@test
def lateness_closes_a_gate_without_anybody_telling(p):
    p.catalog("service: {probe_every: off, believe: 1h}\nassets:\n  a: {freshness: {max_age: 1m, blocking: true}}\n"
              "  b: {depends_on: [a], exposed: true}\n")
    with Service(p) as s:
        gate = "/v1/gates/b"
        s.post("/v1/events", {"asset": "a", "at": at(-58)}).expect(201)
        same(kinds(ask(s, gate)), [])
        until(["late"], s, gate=gate)
        s.get(gate, **{"as": "status"}).expect(404)
        s.post("/v1/events", {"asset": "a"}).expect(201)
        same(kinds(ask(s, gate)), [])


@test
def a_reload_forgets_what_was_said_of_another_catalog(p):
    shop(p, believe="1h")
    p.write("data/other.csv", BAD)
    with Service(p) as s:
        allowed = s.get(GATE, run=1).expect(200).json
        same(allowed["decision"], "allow")
        changes = (
            ("[not_null: id]", "[not_null: id, unique: id]", ["unchecked"]),
            ("data/orders.csv", "data/other.csv", ["unchecked"]),
            ("  raw/orders:\n    path: data/orders.csv", "  raw/orders:\n    path: data/gone.csv", ["missing"]),
            ("depends_on: [raw/orders]", "depends_on: [raw/orders, raw/customers]", ["unchecked"]),
            ("[not_null: id]", "[{not_null: id, where: \"customer > 0\"}]", ["unchecked"]),
            ("path: data/orders.csv", "path: data/orders.csv\n    csv: {delimiter: \";\"}", ["unchecked"]),
        )
        for old, new, expected in changes:
            p.catalog("service: {probe_every: off, believe: 1h}\n" + ASSETS.replace(old, new))
            reload_and_see(s, lambda: ask(s)["catalog"] != allowed["catalog"])
            followed(s, expected)
            p.catalog("service: {probe_every: off, believe: 1h}\n" + ASSETS)
            reload_and_see(s, lambda: ask(s)["catalog"] == allowed["catalog"])
            same(kinds(ask(s)), [])


def reload_and_see(s, seen):
    s.reload()
    end = time.monotonic() + 20
    while not seen():
        assert time.monotonic() < end, "the reload does not come"
        time.sleep(0.05)


@test
def a_command_that_finds_a_failure_closes_the_gate_before_it_ends(p):
    shop(p, believe="1h")
    with Service(p) as s:
        for i in range(6):
            replace(p, "data/orders.csv", GOOD + "%d,1\n" % (2 + i))
            p.weir("check", "raw/orders", now="").expect(0)
            followed(s, [])
            replace(p, "data/orders.csv", BAD + "%d,1\n" % (2 + i))
            p.weir("check", "raw/orders", now="").expect(1)
            followed(s, ["check_failed"])
        p.weir("events", "add", "raw/orders", now="")
        replace(p, "data/orders.csv", BAD + "99,1\n")
        p.weir("fresh", now="")
        followed(s, ["unchecked"])


@test
def an_old_etag_never_stands_for_a_new_answer(p):
    shop(p, believe="1h")
    with Service(p) as s:
        allowed = s.get(GATE, run=1).expect(200)
        tag = s.get(GATE).expect(200).header("ETag")
        same(s.raw("GET", GATE, headers={"If-None-Match": tag}).status, 304)
        replace(p, "data/orders.csv", BAD)
        s.post("/v1/events", {"asset": "raw/orders"}).expect(201)
        for method in ("HEAD", "GET"):
            same(s.ask(method, GATE, headers={"If-None-Match": tag}).status, 200)
        same(kinds(s.ask("GET", GATE, headers={"If-None-Match": tag}).json), ["unchecked"])
        assert allowed.json["decision"] == "allow"


@test
def data_that_hides_its_change_is_seen_all_the_same(p):
    p.write("data/orders.csv", GOOD)
    with sqlite3.connect(p.path("shop.db")) as db:
        db.execute("CREATE TABLE t (id INTEGER)")
        db.execute("INSERT INTO t VALUES (1)")
    db.close()
    p.catalog("service: {probe_every: off, believe: 0s}\nassets:\n  f: {path: data/orders.csv, checks: [not_null: id], schedule: {on: never}}\n"
              "  t: {source: \"sqlite:shop.db\", table: t, checks: [not_null: id], schedule: {on: never}}\n"
              "  bf: {depends_on: [f], exposed: true}\n  bt: {depends_on: [t], exposed: true}\n")
    with Service(p) as s:
        for gate in ("/v1/gates/bf", "/v1/gates/bt"):
            same(kinds(ask(s, gate, run=1)), [])
        for name, change in (("data/orders.csv", lambda: open(p.path("data/orders.csv"), "r+").write(BAD[:3] + "customer\n,1\n\n")),
                             ("shop.db", None)):
            before = os.stat(p.path(name))
            if change:
                change()
            else:
                with sqlite3.connect(p.path(name)) as db:
                    db.execute("UPDATE t SET id = NULL")
                db.close()
            same(os.stat(p.path(name)).st_size, before.st_size)
            os.utime(p.path(name), ns=(before.st_atime_ns, before.st_mtime_ns))
        for gate in ("/v1/gates/bt", "/v1/gates/bf"):
            same(kinds(ask(s, gate)), ["unchecked"], gate)
            same(kinds(ask(s, gate, run=1)), ["check_failed"], gate)


def document(p):
    """What `weir check --server` would send."""
    with Fake(plain(201, {"run_id": None, "repeated": False, "events": 0, "observed": 0})) as f:
        p.weir("check", "raw/orders", "--server", f.base, now="")
        return [r.json for r in f.requests if r.path == "/v1/results"][-1]


def renamed(doc, last):
    d = copy.deepcopy(doc)
    d["report"]["run_id"] = d["report"]["run_id"][:-1] + last
    return d


@test
def results_that_were_tampered_with_or_come_late_open_nothing(p):
    shop(p)
    good = document(p)
    replace(p, "data/orders.csv", BAD)
    bad = document(p)
    with Service(p) as s:
        def push(doc, status=201):
            return s.post("/v1/results", doc).expect(status)

        def check(doc):
            return doc["report"]["assets"][0]["checks"][0]
        # Of the data that lay there before.
        push(good)
        same(kinds(ask(s)), ["unchecked"])
        push(bad)
        same(kinds(ask(s)), ["check_failed"])
        # The same run again, said otherwise.
        lie = copy.deepcopy(bad)
        check(lie)["outcome"] = "pass"
        same(push(lie).json["repeated"], True)
        same(kinds(ask(s)), ["check_failed"])
        # Another check under the name of this one, another environment, a check twice, no such asset, what is no id.
        for change in (lambda d: check(d).update(hash="0" * 32), lambda d: d["report"].update(environment="prod"),
                       lambda d: d["report"]["assets"][0]["checks"].append(check(d)),
                       lambda d: d["report"]["assets"][0].update(key="raw/nobody"),
                       lambda d: d["report"].update(run_id="x"),
                       lambda d: d["report"]["assets"].append(d["report"]["assets"][0]),
                       lambda d: check(d).update(outcome="passed"),
                       lambda d: d["report"].update(command="status")):
            d = renamed(bad, "Z")
            check(d)["outcome"] = "pass"
            change(d)
            push(d, 422)
            same(kinds(ask(s)), ["check_failed"])
        # Found before that failure was, on the very same version, and arriving after it.
        d = renamed(bad, "Y")
        check(d).update(outcome="pass")
        for where in (d["report"], check(d)):
            for name in [n for n in where if n.endswith("at")]:
                where[name] = at(-3600)
        d["report"]["started_at"] = d["report"]["finished_at"] = at(-3600)
        push(d)
        same(kinds(ask(s)), ["check_failed"])
        # Nothing of the blocking check is said.
        replace(p, "data/orders.csv", GOOD + "5,5\n")
        d = renamed(document(p), "X")
        d["report"]["assets"][0]["checks"] = [c for c in d["report"]["assets"][0]["checks"] if c["id"] != CHECK]
        push(d)
        same(kinds(ask(s)), ["unchecked"])



@test
def a_run_of_another_environment_is_not_taken_for_this_one(p):
    shop(p, assets=ASSETS + "environments: {prod: {}}\n")
    doc = document(p)
    doc["report"]["run_id"] = p.json("check", "--env", "prod", now="").expect(0).json["run_id"]
    with Service(p) as s:
        for _ in range(2):
            s.post("/v1/results", doc).expect(422, "is one of environment 'prod' already")
        same(kinds(ask(s)), ["unchecked"])
        s.post("/v1/results", renamed(doc, "Y" if doc["report"]["run_id"].endswith("Z") else "Z")).expect(201)
        same(kinds(ask(s)), [])


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        return [int(n) for n in f.read().split()]


@test
def a_worker_with_another_catalog_than_the_one_in_use_opens_nothing(p):
    shop(p)
    replace(p, "data/orders.csv", BAD)
    p.write("data/staging.csv", GOOD)
    with Service(p) as s:
        same(kinds(ask(s, run=1)), ["check_failed"])
        # Edited, and not loaded; then the process that begins all others has to start anew.
        p.catalog(QUIET % "0s" + ASSETS.replace("data/orders.csv", "data/staging.csv"))
        for pid in children(s.process.pid):
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.5)
        answer = ask(s, run=1)
        same(answer["decision"], "block")
        until(["undecided"], s, run=1)
        contains(str(ask(s, run=1)), "tells otherwise", "reload the service")
        reload_and_see(s, lambda: ask(s)["catalog"] != answer["catalog"])
        same(kinds(ask(s, run=1)), [])


@test
def partitions_that_come_or_go_are_part_of_what_was_asked(p):
    dims = "{d: {every: day, from: 2026-01-01, until: 2026-01-10}}"
    text = "service: {probe_every: off, believe: %s}\nassets:\n  days:\n    path: \"data/{d:%%Y-%%m-%%d}.csv\"\n    partitions: " + dims + """
    checks: [not_null: id]
    schedule: {on: never}
  all: {depends_on: [{key: days, partitions: all}], exposed: true}
  last: {depends_on: [{key: days, partitions: last}], exposed: true}
  window: {depends_on: [{key: days, partitions: "window(-1..0)"}], exposed: true, partitions: """ + dims + "}\n"
    for day in range(1, 10):
        p.write("data/2026-01-%02d.csv" % day, GOOD)
    p.catalog(text % "0s")
    with Service(p) as s:
        p.weir("check", "days", now="").expect(0)
        gates = {"all": {}, "last": {}, "window": {"partition": "2026-01-09"}}
        for gate, query in gates.items():
            same(kinds(ask(s, "/v1/gates/" + gate, **query)), [], gate)
        replace(p, "data/2026-01-09.csv", BAD)
        for gate, query in gates.items():
            same(kinds(ask(s, "/v1/gates/" + gate, **query)), ["unchecked"], gate)
        same(kinds(ask(s, "/v1/gates/window", partition="2026-01-08")), [])
        p.weir("check", "days", "--partition", "2026-01-09", now="").expect(1)
        for gate, query in gates.items():
            same(kinds(ask(s, "/v1/gates/" + gate, **query)), ["check_failed"], gate)
        os.unlink(p.path("data/2026-01-09.csv"))
        for gate, query in gates.items():
            assert "missing" in kinds(ask(s, "/v1/gates/" + gate, **query)), gate
