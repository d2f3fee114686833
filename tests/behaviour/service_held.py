"""Results that the state cannot take: they are kept until it can, and nobody reads what was known before for the newest."""
import sqlite3
import time

from project import contains, same, test
from service import Service
from service_work import run, until

GATE = "/v1/gates/out"


def shop(p):
    """Its data can be changed under one version, which is told."""
    p.write("data/orders.csv", "id\n1\n")
    p.catalog("service: {probe_every: off, believe: 1h}\n"
              "assets:\n  orders:\n    path: data/orders.csv\n    version: {from: reported}\n    schedule: {on: never}\n"
              "    checks: [not_null: id]\n  other:\n    path: data/orders.csv\n    exposed: true\n"
              "    schedule: {on: never}\n    checks: [not_null: id]\n  out: {depends_on: [orders], exposed: true}\n")


def good_then_bad(p, s):
    s.post("/v1/events", {"asset": "orders", "version": "v1"}).expect(201)
    same(run(s, "orders")["outcome"], "pass")
    same(s.get(GATE).expect(200).json["decision"], "allow")
    p.write("data/orders.csv", "id,x\n,1\n")


def state(p):
    return sqlite3.connect(p.path(".weir/state.db"), isolation_level=None)


def refuse_verdicts(p):
    """Nothing is wrong with the state itself: from now on it takes no more than one verdict on orders at a time, and a check has two."""
    db = state(p)
    last, = db.execute("SELECT max(seq) FROM verdict").fetchone()
    db.execute("CREATE UNIQUE INDEX refuse ON verdict(asset) WHERE asset = 'orders' AND seq > %d" % last)
    db.close()


def held(s):
    line, = [x for x in s.get("/metrics").expect(200).text.splitlines() if x.startswith("weir_work_held ")]
    return float(line.split()[1])


@test
def a_result_that_meets_a_locked_state_is_stored_when_it_is_free(p):
    shop(p)
    with Service(p) as s:
        good_then_bad(p, s)
        db = state(p)
        db.execute("BEGIN IMMEDIATE")
        place = s.post("/v1/runs", {"asset": "orders"}).expect(202).header("Location")
        assert s.wait_log("'orders' cannot be stored: .*it is kept", 20), s.logged
        until(lambda: s.raw("GET", "/readyz").status == 503)
        gate = s.get(GATE)
        assert gate.status == 503 or gate.json["decision"] == "block", gate.text
        db.execute("ROLLBACK")
        db.close()
        done = until(lambda: [r for r in [s.get(place).json] if r["state"] == "done"], 20)[0]
        same(done["outcome"], "fail")
        same(s.get(GATE).expect(200).json["decision"], "block")
        same(held(s), 0)
        same(run(s, "other")["state"], "done")


@test
def a_gate_is_undecided_while_the_state_refuses_a_result(p):
    shop(p)
    with Service(p) as s:
        good_then_bad(p, s)
        refuse_verdicts(p)
        place = s.post("/v1/runs", {"asset": "orders"}).expect(202).header("Location")
        assert s.wait_log("'orders' cannot be stored: .*it is kept", 20), s.logged
        end = time.monotonic() + 4
        while time.monotonic() < end:
            gate = s.get(GATE).expect(200).json
            same(gate["decision"], "block")
            contains(gate["reasons"][0]["message"], "could not be stored yet")
            time.sleep(0.2)
        contains(s.logged, "the state refuses the result of the check of 'orders'")
        same((s.get(place).json["state"], held(s)), ("running", 1))
        # Others go on.
        same(run(s, "other")["state"], "done")
        # A newer result of the same takes its place.
        again = s.post("/v1/runs", {"asset": "orders"}).expect(202).header("Location")
        until(lambda: s.get(place).json["state"] == "failed")
        same((s.get(again).json["state"], held(s)), ("running", 1))
        db = state(p)
        db.execute("DROP INDEX refuse")
        db.close()
        s.post("/v1/runs", {"asset": "other"}).expect(202)
        s.stop()
    with Service(p) as s:
        gate = s.get(GATE).expect(200).json
        same((gate["decision"], gate["inputs"][0]["checks"]), ("block", "error"))
        contains(s.get(again).json["report"]["assets"][0]["checks"][0]["message"], "its result could not be stored")


@test
def what_is_lost_at_the_end_is_told(p):
    shop(p)
    s = Service(p)
    good_then_bad(p, s)
    refuse_verdicts(p)
    id = s.post("/v1/runs", {"asset": "orders"}).expect(202).json["id"]
    assert s.wait_log("'orders' cannot be stored: .*it is kept", 20), s.logged
    s.stop()
    contains(s.logged, "the result of run %s of 'orders' is lost" % id)
