"""Checks that the service does: asked over HTTP, done in children, and what becomes of those that cannot be done."""
import os
import shutil
import signal
import sqlite3
import time

from project import contains, same, test
from service import Service

QUIET = "service: {probe_every: off%s}\n"


def orders(p, more="", extra=""):
    p.write("data/orders.csv", "id,amount\n1,5\n2,500\n")
    p.catalog((QUIET % more) + extra +
              "assets:\n  orders:\n    path: data/orders.csv\n    exposed: true\n"
              "    checks: [not_null: id, {between: {column: amount, max: 100}, name: sane}]\n")


def run(s, asset, wait=20, status=200, **more):
    return s.post("/v1/runs", dict(asset=asset, **more), headers={"Prefer": "wait=%d" % wait}).expect(status).json


def outcomes(answer):
    return {c["id"]: c["outcome"] for a in answer["report"]["assets"] for c in a["checks"]}


def of_process(pid):
    """Its children."""
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        return [int(word) for word in f.read().split()]


def until(what, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come to be in time")


@test
def a_check_reads_only_what_changed(p):
    folder = "data/orders"
    for i in range(3):
        p.write("%s/%d.csv" % (folder, i), "id,amount\n%d,5\n" % i, at=3600)
    p.catalog(QUIET % "" + "assets:\n  orders: {path: \"data/orders/*.csv\", exposed: true, checks: [not_null: id, unique: id, {max: {column: amount, max: 5}}]}\n"
              "  other: {path: data/orders/0.csv, checks: [not_null: id]}\n")

    def reused(done, outcome):
        same(done["outcome"], outcome)
        asset, = done["report"]["assets"]
        return asset["parts_reused"], asset["parts"]

    with Service(p) as s:
        same(reused(run(s, "orders"), "pass"), (0, 3))
        same(reused(run(s, "orders"), "pass"), (3, 3))
        p.write(folder + "/1.csv", "id,amount\n2,6\n", at=1800)
        p.settle()
        same(reused(run(s, "orders"), "fail"), (2, 3))
        p.write(folder + "/1.csv", "id,amount\n1,5\n", at=1700)
        p.settle()
        # What the command kept, the service uses, and the other way round.
        same(p.json("check", "orders").expect(0).asset("orders")["parts_reused"], 2)
        same(reused(run(s, "orders"), "pass"), (3, 3))
        same(reused(run(s, "other"), "pass"), (0, 1))
        # What it keeps stands in a folder which it cannot use: all is read.
        shutil.rmtree(p.path(".weir/kept"))
        p.write(".weir/kept", "no folder")
        answer = run(s, "orders")
        same(answer["outcome"], "pass")
        assert "parts" not in answer["report"]["assets"][0], answer
        assert s.wait_log("nothing of what is read of 'orders' is kept", 10), s.logged


@test
def a_check_that_is_asked_for_is_the_same_as_one_of_the_command_line(p):
    orders(p)
    with Service(p) as s:
        there = run(s, "orders")
        same(there["state"], "done")
        same(there["outcome"], "fail")
        here = p.json("check", "--store", ":memory:").expect(1)
        same(outcomes(there), here.outcomes())
        a, b = there["report"]["assets"][0], here.json["assets"][0]
        same(a["data_version"], b["data_version"])
        for x, y in zip(a["checks"], b["checks"]):
            same({k: v for k, v in x.items() if k != "duration_ms"}, {k: v for k, v in y.items() if k != "duration_ms"})
        same([i["kind"] for i in there["report"]["incidents"]], ["check_failed"])
        same([r["id"] for r in s.get("/v1/runs").expect(200).json["runs"] if r["kind"] == "check"], [there["id"]])


@test
def a_run_can_be_asked_for_and_looked_up_later(p):
    orders(p)
    with Service(p) as s:
        asked = s.post("/v1/runs", {"asset": "orders", "checks": ["sane"]}).expect(202)
        place = asked.header("Location")
        same(place, "/v1/runs/" + asked.json["id"])
        done = until(lambda: [r for r in [s.get(place).expect(200).json] if r["state"] == "done"])[0]
        same(outcomes(done), {"orders:sane": "fail"})
        s.get("/v1/runs/01J00000000000000000000000").expect(404)


@test
def what_cannot_be_asked_for_is_refused(p):
    orders(p)
    with Service(p) as s:
        s.post("/v1/runs", {"asset": "ordres"}).expect(404, "orders")
        s.post("/v1/runs", {"asset": "orders", "checks": ["nothing"]}).expect(422, "nothing")
        s.post("/v1/runs", {"asset": "orders", "partition": "2024-01-01"}).expect(422, "no partitions")
        s.post("/v1/runs", {"asset": "orders", "check": ["x"]}).expect(422)
        s.post("/v1/runs", {}).expect(422)
        same(s.get("/v1/runs").expect(200).json["runs"], [])


SLOW = ("allow_sql: true\nsources: {db: {url: 'sqlite:data/x.db'}}\n")
SLOW_ASSET = ("  slow:\n    source: db\n    table: t\n    exposed: true\n    checks:\n      - unexpected_rows: >-\n"
              "          WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i FROM r) SELECT count(*) FROM r\n")


def slow(p, seconds):
    orders(p, ", workers: 2, limits: {seconds: %d}" % seconds, SLOW)
    db = sqlite3.connect(p.path("data/x.db"))
    db.execute("CREATE TABLE t(i)")
    db.commit()
    db.close()
    with open(p.path("weir.yaml"), "a") as f:
        f.write(SLOW_ASSET)


@test
def a_check_that_hangs_is_an_error_and_delays_nobody(p):
    slow(p, 2)
    with Service(p) as s:
        place = s.post("/v1/runs", {"asset": "slow"}).expect(202).header("Location")
        start = time.monotonic()
        same(run(s, "orders")["state"], "done")
        assert time.monotonic() - start < 2, "it waited for the slow one"
        failed = until(lambda: [r for r in [s.get(place).json] if r["state"] == "failed"])[0]
        contains(failed["trouble"], "did not end within 2s")
        same(set(outcomes(failed).values()), {"error"})


@test
def a_child_that_is_killed_costs_its_run_and_nothing_else(p):
    slow(p, 60)
    with Service(p) as s:
        place = s.post("/v1/runs", {"asset": "slow"}).expect(202).header("Location")
        forker, = of_process(s.process.pid)
        monitor, = until(lambda: of_process(forker))
        child, = until(lambda: of_process(monitor))
        os.kill(child, signal.SIGKILL)
        failed = until(lambda: [r for r in [s.get(place).json] if r["state"] == "failed"])[0]
        contains(failed["trouble"], "killed")
        same(set(outcomes(failed).values()), {"error"})
        same(run(s, "orders")["state"], "done")
        # So does the forker itself.
        place = s.post("/v1/runs", {"asset": "slow"}).expect(202).header("Location")
        until(lambda: of_process(forker))
        os.kill(forker, signal.SIGKILL)
        failed = until(lambda: [r for r in [s.get(place).json] if r["state"] == "failed"])[0]
        contains(failed["trouble"], "signal 9")
        same(run(s, "orders")["state"], "done")


@test
def children_end_with_the_service(p):
    slow(p, 60)
    os.mkdir(p.path("tmp"))
    s = Service(p, env={"TMPDIR": p.path("tmp")})
    s.post("/v1/runs", {"asset": "slow"}).expect(202)
    forker, = of_process(s.process.pid)
    monitor, = until(lambda: of_process(forker))
    child, = until(lambda: of_process(monitor))
    s.kill()
    until(lambda: not any(os.path.exists("/proc/%d/exe" % pid) and os.path.realpath("/proc/%d/exe" % pid).endswith("weir")
                          for pid in (forker, monitor, child)))
    same(os.listdir(p.path("tmp")), [])


@test
def programs_of_own_expectations_run_in_children(p):
    p.write("data/a.csv", "id\n1\n")
    p.write("is_fine", "#!/bin/sh\ncat > /dev/null\necho '{\"success\": true}'\n")
    os.chmod(p.path("is_fine"), 0o755)
    p.write("reaches_out", "#!/bin/sh\ncat > /dev/null\ntouch %s && touched=true || touched=false\necho \"{\\\"success\\\": $touched}\"\n" % p.path("touched"))
    os.chmod(p.path("reaches_out"), 0o755)
    p.catalog((QUIET % "") + "expectations:\n  fine: {exec: [./is_fine]}\n  reaching: {exec: [./reaches_out]}\n"
              "assets:\n  a: {path: data/a.csv, exposed: true, checks: [fine, reaching]}\n")
    with Service(p) as s:
        found = outcomes(run(s, "a"))
        same((found["a:fine"], found["a:reaching"]), ("pass", "fail"))
        same(os.path.exists(p.path("touched")), False)


@test
def programs_of_own_expectations_do_not_see_secrets_of_the_service(p):
    p.write("data/a.csv", "id\n1\n")
    p.program("looks", "#!/bin/sh\ncat > /dev/null\n"
              "all=$(env; tr '\\0' '\\n' < /proc/self/environ; cat /proc/$PPID/environ 2>/dev/null | tr '\\0' '\\n')\n"
              "case $all in *canary*) echo '{\"success\": false}';; *KEPT=seen*) echo '{\"success\": true}';; esac\n")
    p.catalog("service: {probe_every: off, heartbeat: {url: {env: PING_URL}, every: 1h}}\nexpectations: {looks: {exec: [./looks]}}\n"
              "alerts: {channels: {c: {type: slack, url: {env: SLACK_URL}}, d: {type: webhook, url: 'http://127.0.0.1:9/', "
              "headers: {X-Key: {env: SOME_KEY}}}}}\n"
              "assets:\n  a: {path: data/a.csv, exposed: true, checks: [looks]}\n")
    secrets = {name: "http://127.0.0.1:9/canary" for name in ("WEIR_TOKEN", "SLACK_URL", "SOME_KEY", "PING_URL", "NOTIFY_SOCKET")}
    with Service(p, env=dict(secrets, KEPT="seen")) as s:
        same(outcomes(run(s, "a"))["a:looks"], "pass")
        assert "canary" not in s.logged, s.logged


@test
def results_of_another_machine_count_like_own_ones(p):
    orders(p)
    with Service(p) as s:
        p.weir("check", "--server", s.address).expect(1)
        runs = s.get("/v1/runs").expect(200).json["runs"]
        same([(r["kind"], r["outcome"]) for r in runs if r["kind"] == "check"][:1], [("check", "fail")])
        stored = s.get("/v1/runs/" + [r["id"] for r in runs if r["kind"] == "check"][0]).expect(200).json
        same(outcomes(stored), {"orders:not_null:id": "pass", "orders:sane": "fail", "orders:not_empty": "pass",
                                "orders:well_formed": "pass"})
        same([i["check"] for i in stored["report"]["incidents"]], ["orders:sane"])


@test
def results_of_another_catalog_are_refused(p):
    orders(p)
    with Service(p) as s:
        p.catalog((QUIET % "") + "assets:\n  orders:\n    path: data/orders.csv\n    exposed: true\n"
                  "    checks: [{between: {column: amount, max: 1000}, name: sane}]\n")
        p.weir("check", "--server", s.address).expect(3, "orders:sane", "same catalog")
        same([r for r in s.get("/v1/runs").expect(200).json["runs"] if r["kind"] == "check"], [])
        for wrong in (b"", b"[]", b"{", b'{"report": 7}', b'{"report": {}}', b'{"observed": [{"asset": "nothing"}]}',
                      b'{"report": {"command": "check", "run_id": "x"}}', b'{"events": [{"asset": "nothing"}]}'):
            answer = s.ask("POST", "/v1/results", body=wrong)
            assert answer.status in (400, 422), "%r: %d %s" % (wrong, answer.status, answer.text)


@test
def gates_find_what_children_judged(p):
    """Also where the verdict is about another asset's version, or about one that is told, not seen."""
    p.write("data/customers.csv", "id\n1\n2\n")
    p.write("data/orders.csv", "id,customer\n1,1\n2,2\n")
    p.write("data/model.csv", "id\n1\n")
    p.catalog((QUIET % "") +
              "assets:\n"
              "  customers: {path: data/customers.csv, checks: [not_null: id]}\n"
              "  orders: {path: data/orders.csv, checks: [{relationships: {column: customer, to: customers, field: id}}]}\n"
              "  model: {path: data/model.csv, version: {from: reported}, checks: [not_null: id]}\n"
              "  sales: {exposed: true, depends_on: [customers, orders, model]}\n")
    with Service(p) as s:
        s.post("/v1/events", [{"asset": "model", "version": "v1", "at": "2024-05-01T00:00:00Z"}]).expect(201)
        for asset in ("customers", "orders", "model"):
            same(run(s, asset)["outcome"], "pass", asset)
        same(p.json("gate", "sales").expect(0).json["decision"], "allow")
        # What was judged is not there any more.
        s.post("/v1/events", [{"asset": "model", "version": "v2", "at": "2024-05-02T00:00:00Z"}]).expect(201)
        blocked = p.json("gate", "sales").expect(1).json
        same([(r["kind"], r["upstream"]) for r in blocked["reasons"] if r["effect"] == "block"], [("unchecked", "model")])
        same(run(s, "model")["report"]["assets"][0]["data_version"], "v2")
        p.write("data/customers.csv", "id\n1\n")
        same(run(s, "customers")["outcome"], "pass")
        blocked = p.json("gate", "sales").expect(1).json
        same([(r["kind"], r["upstream"]) for r in blocked["reasons"] if r["effect"] == "block"], [("unchecked", "orders")])
        same(run(s, "orders")["outcome"], "fail")


@test
def partitions_are_checked_as_on_the_command_line(p):
    for day, content in (("01", "1"), ("02", "")):
        p.write("data/2024-05-%s.csv" % day, "id,x\n%s,1\n" % content)
    p.catalog((QUIET % "") + "assets:\n  daily:\n    path: data/{date}.csv\n    exposed: true\n"
              "    partitions: {date: {every: day, from: 2024-05-01}}\n    checks: [not_null: id]\n")
    with Service(p) as s:
        there = run(s, "daily")
        here = p.json("check", "--store", ":memory:").expect(1)
        same([(a["partition"], a["outcome"]) for a in there["report"]["assets"]],
             [(a["partition"], a["outcome"]) for a in here.json["assets"]])
        same([(a["partition"], a["outcome"]) for a in run(s, "daily", partition="2024-05-01")["report"]["assets"]],
             [("2024-05-01", "pass")])
        s.post("/v1/runs", {"asset": "daily", "partition": "yesterday"}).expect(422, "yesterday")


@test
def a_reload_is_followed_by_what_waits_and_what_runs(p):
    slow(p, 2)
    with Service(p) as s:
        slow_place = s.post("/v1/runs", {"asset": "slow"}).expect(202).header("Location")
        text = open(p.path("weir.yaml")).read()
        p.write("weir.yaml", text.replace("max: 100}", "max: 1000}"))
        s.reload()
        until(lambda: [r for r in [run(s, "orders")] if r["outcome"] == "pass"])
        failed = until(lambda: [r for r in [s.get(slow_place).json] if r["state"] == "failed"])[0]
        contains(failed["trouble"], "did not end within 2s")


@test
def memory_is_limited_and_its_end_is_an_error(p):
    """A value of 200 MB, where 64 are allowed; with a sanitizer there is no limit, and the query has its answer."""
    db = sqlite3.connect(p.path("x.db"))
    db.execute("CREATE TABLE t(i)")
    db.execute("INSERT INTO t VALUES (1)")
    db.commit()
    db.close()
    p.catalog((QUIET % ", limits: {memory: 64MB}") + "allow_sql: true\nsources: {db: {url: 'sqlite:x.db'}}\nassets:\n"
              "  big: {source: db, table: t, exposed: true, checks: [{unexpected_rows: 'SELECT hex(zeroblob(100000000)) x FROM t'}]}\n")
    with Service(p) as s:
        found = outcomes(run(s, "big"))
        assert found["big:unexpected_rows"] in ("error", "fail"), found
        same(found["big:not_empty"], "pass")
