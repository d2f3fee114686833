"""Gates over HTTP: answered from what is known, and never from what is known no more."""
import os
import sqlite3
import threading
import time

from project import contains, same, test
from service import Service, key

QUIET = "service: {probe_every: off, believe: %s}\n"
ASSETS = """assets:
  raw/orders:
    path: data/orders.csv
    checks: [not_null: id]
    schedule: {on: never}
  raw/customers:
    path: data/customers.csv
    checks: [unique: id]
    schedule: {on: never}
  marts/sales:
    depends_on: [raw/orders]
    exposed: true
"""
GOOD, BAD = "id,customer\n1,1\n", "id,customer\n,1\n"
GATE = "/v1/gates/" + key("marts/sales")


def shop(p, believe="0s", assets=ASSETS):
    p.write("data/orders.csv", GOOD)
    p.write("data/customers.csv", "id\n1\n")
    p.catalog(QUIET % believe + assets)


def replace(p, name, text):
    """As careful writers do."""
    p.write(name + ".new", text)
    os.replace(os.path.join(p.dir, name + ".new"), os.path.join(p.dir, name))


def ask(s, gate=GATE, **query):
    return s.get(gate, **query).expect(200).json


def kinds(answer):
    return sorted(r["kind"] for r in answer["reasons"] if r["effect"] == "block")


@test
def a_gate_of_the_service_says_what_the_command_says(p):
    shop(p)
    with Service(p) as s:
        same(kinds(ask(s)), ["unchecked"])
        there = ask(s, run=1)
        same((there["decision"], kinds(there)), ("allow", []))
        same(ask(s)["decision"], "allow")
        here = p.json("gate", "marts/sales").expect(0).json
        for field in ("asset", "partition", "decision", "mode", "catalog", "inputs"):
            same(here[field], there[field], field)
        s.get("/v1/gates/nobody").expect(404, "there is no asset")
        s.get("/v1/gates/nobody", **{"as": "status"}).expect(400, "there is no asset")


@test
def a_verdict_never_opens_the_gate_for_what_lies_there_later(p):
    shop(p)
    with Service(p) as s:
        same(ask(s, run=1)["decision"], "allow")
        for text in (BAD, GOOD + "2,2\n", BAD + "3,3\n"):
            replace(p, "data/orders.csv", text)
            same(kinds(ask(s)), ["unchecked"])
        same(kinds(ask(s, run=1)), ["check_failed"])
        os.unlink(os.path.join(p.dir, "data/orders.csv"))
        same(kinds(ask(s)), ["missing"])
        same(kinds(ask(s, run=1)), ["missing"])
        replace(p, "data/orders.csv", GOOD)
        same(kinds(ask(s)), ["unchecked"])


@test
def what_was_seen_lately_is_believed_until_somebody_tells_or_asks_for_a_look(p):
    shop(p, believe="1h")
    with Service(p) as s:
        allowed = ask(s, run=1)
        same(allowed["decision"], "allow")
        replace(p, "data/orders.csv", BAD)
        same(ask(s)["inputs"], allowed["inputs"])
        same(kinds(ask(s, look=1)), ["unchecked"])
        same(kinds(ask(s)), ["unchecked"])
        replace(p, "data/orders.csv", GOOD + "7,7\n")
        same(kinds(s.ask("GET", GATE, headers={"Cache-Control": "no-cache"}).expect(200).json), ["unchecked"])
        same(ask(s, run=1)["decision"], "allow")
        # An event says that it is another now.
        replace(p, "data/orders.csv", BAD)
        s.post("/v1/events", {"asset": "raw/orders"}).expect(201)
        same(kinds(ask(s)), ["unchecked"])
        # What is believed grows old.
        same(ask(s, run=1)["decision"], "block")


@test
def a_look_grows_old(p):
    shop(p, believe="1s")
    with Service(p) as s:
        same(ask(s, run=1)["decision"], "allow")
        replace(p, "data/orders.csv", BAD)
        time.sleep(1.1)
        same(kinds(ask(s)), ["unchecked"])


@test
def keys_that_a_relationship_was_judged_among_must_be_the_same_still(p):
    shop(p, believe="1h", assets=ASSETS.replace("[not_null: id]",
                                                "[relationships: {column: customer, to: raw/customers, field: id}]"))
    with Service(p) as s:
        same(ask(s, run=1)["decision"], "allow")
        replace(p, "data/customers.csv", "id\n2\n")
        same(ask(s)["decision"], "allow")
        same(kinds(ask(s, look=1)), ["unchecked"])
        same(kinds(ask(s, run=1)), ["check_failed"])


@test
def a_caller_that_names_another_version_is_told(p):
    shop(p)
    with Service(p) as s:
        version = ask(s, run=1)["inputs"][0]["data_version"]
        for text in (version, "raw/orders@" + version):
            same(ask(s, version=text)["decision"], "allow", text)
        for text in ("v1", "raw/orders@v1", "raw/orders@" + version[:-1]):
            same(kinds(ask(s, version=text)), ["changed"], text)
        s.get(GATE, version="raw/customers@v1").expect(400, "names no input")
        s.get(GATE, version="raw/orders@").expect(400, "no version")
        # Nobody else gets that answer.
        same(ask(s)["decision"], "allow")


@test
def the_status_is_for_sensors(p):
    shop(p)
    with Service(p) as s:
        s.get(GATE, **{"as": "status"}).expect(404, '"gate"', "unchecked")
        ask(s, run=1)
        s.get(GATE, **{"as": "status"}).expect(200, '"allow"')
        replace(p, "data/orders.csv", BAD)
        s.get(GATE, run=1, **{"as": "status"}).expect(423, "check_failed")
        s.get(GATE, **{"as": "status"}).expect(423, "check_failed")


@test
def who_waits_is_answered_once_the_input_has_come(p):
    shop(p)
    os.unlink(os.path.join(p.dir, "data/orders.csv"))
    with Service(p) as s:
        begun = time.monotonic()
        same(kinds(ask(s, wait="1s")), ["missing"])
        assert 0.9 < time.monotonic() - begun < 8
        got = []
        waiting = threading.Thread(target=lambda: got.append(ask(s, wait="30s", run=1)))
        waiting.start()
        time.sleep(0.5)
        same(got, [])
        replace(p, "data/orders.csv", GOOD)
        waiting.join(20)
        same([a["decision"] for a in got], ["allow"])
        # A failure is nothing that time heals.
        replace(p, "data/orders.csv", BAD)
        begun = time.monotonic()
        same(kinds(ask(s, wait="30s", run=1)), ["check_failed"])
        assert time.monotonic() - begun < 20
        # Who hangs up is forgotten.
        os.unlink(os.path.join(p.dir, "data/orders.csv"))
        s.bytes(("GET %s?wait=60s HTTP/1.1\r\nHost: localhost\r\n\r\n" % GATE).encode(), timeout=1)
        same(kinds(ask(s)), ["missing"])


@test
def an_event_opens_and_closes_at_once(p):
    shop(p, believe="1h", assets="assets:\n  told/a: {}\n  b: {depends_on: [told/a], exposed: true}\n")
    with Service(p) as s:
        same(kinds(ask(s, "/v1/gates/b")), ["missing"])
        s.post("/v1/events", {"asset": "told/a", "version": "v1"}).expect(201)
        same(ask(s, "/v1/gates/b")["decision"], "allow")
        s.post("/v1/events", {"asset": "told/a", "kind": "started", "run_id": "r"}).expect(201)
        same(kinds(ask(s, "/v1/gates/b")), ["in_progress"])
        s.post("/v1/events", {"asset": "told/a", "version": "v2", "run_id": "r"}).expect(201)
        same(ask(s, "/v1/gates/b")["inputs"][0]["data_version"], "v2")


@test
def nobody_else_can_say_what_was_seen(p):
    shop(p, believe="1h")
    with Service(p) as s:
        version = ask(s, run=1)["inputs"][0]["data_version"]
        replace(p, "data/orders.csv", BAD)
        seen = {"asset": "raw/orders", "kind": "observed", "version": version}
        s.post("/v1/events", dict(seen, reporter="probe")).expect(422, "/reporter")
        s.post("/v1/events", seen).expect(201)
        same(kinds(ask(s)), ["unchecked"])


@test
def partitions_have_answers_of_their_own(p):
    p.write("data/2024-01-01.csv", "id\n1\n")
    p.write("data/2024-01-02.csv", "id,x\n,1\n")
    days = "{date: {every: day, from: 2024-01-01, until: 2024-01-04}}"
    p.catalog(QUIET % "0s" + """assets:
  days:
    path: "data/{date:%%Y-%%m-%%d}.csv"
    partitions: %s
    checks: [not_null: id]
    schedule: {on: never}
  out: {depends_on: [days], partitions: %s, exposed: true}
  all: {depends_on: [days], exposed: true}
""" % (days, days))
    with Service(p) as s:
        same(kinds(ask(s, "/v1/gates/out", partition="2024-01-01")), ["unchecked"])
        same(ask(s, "/v1/gates/out", partition="2024-01-01", run=1)["decision"], "allow")
        same(kinds(ask(s, "/v1/gates/out", partition="2024-01-02")), ["unchecked"])
        same(kinds(ask(s, "/v1/gates/out", partition="2024-01-02", run=1)), ["check_failed"])
        same(kinds(ask(s, "/v1/gates/out", partition="2024-01-03")), ["missing"])
        same(ask(s, "/v1/gates/out", partition="2024-01-01")["decision"], "allow")
        same(kinds(ask(s, "/v1/gates/all")), ["check_failed", "missing"])
        s.get("/v1/gates/out", partition="yesterday").expect(400)
        replace(p, "data/2024-01-01.csv", "id\n2\n")
        same(kinds(ask(s, "/v1/gates/out", partition="2024-01-01")), ["unchecked"])


@test
def what_cannot_be_looked_at_is_undecided(p):
    shop(p, assets="""sources: {db: {url: "sqlite:data/shop.db"}}
assets:
  raw/sales: {source: db, table: sales, checks: [not_null: id], schedule: {on: never}}
  marts/sales: {depends_on: [raw/sales], exposed: true}
""")
    with sqlite3.connect(os.path.join(p.dir, "data/shop.db")) as db:
        db.execute("CREATE TABLE sales (id)")
        db.execute("INSERT INTO sales VALUES (1)")
    db.close()
    with Service(p) as s:
        same(ask(s, run=1)["decision"], "allow")
        replace(p, "data/shop.db", "this is no database, and long enough to be looked at as one")
        same(kinds(ask(s)), ["undecided"])
        s.get(GATE, **{"as": "status"}).expect(423, "undecided")
        same(kinds(ask(s, wait="20s")), ["undecided"])


@test
def an_override_opens_for_these_versions_alone(p):
    shop(p)
    replaced = {"reason": "backfill of May", "for": "1h"}
    with Service(p) as s:
        s.post(GATE + "/override", {"reason": " ", "for": "1h"}).expect(422, "/reason")
        s.post(GATE + "/override", {"reason": "x", "for": "never"}).expect(422, "/for")
        s.post(GATE + "/override", {"reason": "x", "for": "400d"}).expect(422, "/for")
        s.post("/v1/gates/nobody/override", replaced).expect(404)
        replace(p, "data/orders.csv", BAD)
        same(kinds(ask(s, run=1)), ["check_failed"])
        opened = s.post(GATE + "/override", replaced).expect(201).json
        same(opened["decision"], "allow")
        contains(str(opened), "by local until", "backfill of May")
        same(ask(s)["decision"], "allow")
        replace(p, "data/orders.csv", BAD + "2,\n")
        same(kinds(ask(s)), ["unchecked"])


@test
def every_answer_is_on_record_and_repeats_are_counted(p):
    shop(p, believe="1h")
    with Service(p) as s:
        ask(s)
        same(ask(s, run=1)["decision"], "allow")
        for _ in range(20):
            same(ask(s)["decision"], "allow")
        s.get(GATE, **{"as": "status"}).expect(200)
        time.sleep(2.2)
        page = s.get("/v1/decisions").expect(200).json
        same([d["decision"] for d in page["decisions"]].count("block"), 1)
        same(sum(d["count"] for d in page["decisions"]), 23)
        assert len(page["decisions"]) < 6
        walked, at = [], "/v1/decisions?limit=1"
        while at:
            one = s.get(at).expect(200).json
            walked += one["decisions"]
            at = one["next"]
        same(walked, page["decisions"])
        same(len(s.get("/v1/decisions", decision="block", asset="marts/sales").expect(200).json["decisions"]), 1)
        same(s.get("/v1/decisions", asset="raw/orders").expect(200).json["decisions"], [])
        s.get("/v1/decisions", cursor="x").expect(400)


@test
def the_history_tells_what_was_later_proved_false(p):
    shop(p)
    with Service(p) as s:
        same(s.get("/v1/reports/gates").expect(200).json["gates"], [])
        p.weir("report", "gates").expect(0, "no gate has decided anything yet")
        same(ask(s, run=1)["decision"], "allow")
        good = ask(s)["inputs"][0]["data_version"]
        replace(p, "data/orders.csv", BAD)
        same(kinds(ask(s, run=1)), ["check_failed"])
        s.post(GATE + "/override", {"reason": "known", "for": "1h"}).expect(201)
        let = ask(s)
        same(let["decision"], "allow")
        bad = let["inputs"][0]["data_version"]
        assert bad != good
    # What another run said of the very same versions, later.
    check = "raw/orders:not_null:id"
    later = int(time.time() * 1e6) + 60 * 10**6
    with sqlite3.connect(os.path.join(p.dir, ".weir/state.db")) as db:
        columns = [r[1] for r in db.execute("PRAGMA table_info(verdict)") if r[1] != "seq"]
        names = ", ".join(columns)
        for version, outcome in ((bad, "pass"), (good, "fail")):
            wanted = {"outcome": "?", "version": "?", "at_us": "?"}
            picked = ", ".join(wanted.get(c, c) for c in columns)
            values = {"outcome": outcome, "version": version, "at_us": later}
            db.execute("INSERT INTO verdict (%s) SELECT %s FROM verdict WHERE check_id = ? AND version = ? LIMIT 1" % (names, picked),
                       [values[c] for c in columns if c in wanted] + [check, version])
    db.close()
    told = p.json("report", "gates").expect(0).json
    same([(g["asset"], g["block"] > 0, g["overridden"] > 0) for g in told["gates"]], [("marts/sales", True, True)])
    same(told["checks"], [{"check": check, "blocks": 1, "blocks_false": 1, "overridden": 1, "waived": 0, "blocks_needless": 0,
                           "allows_false": 1}])
    contains(p.weir("report", "gates").expect(0).out, "marts/sales", check)
    p.weir("report", "gates", "--limit", "3").expect(2)
