"""Incidents and messages: what runs make of what they find, read from the state with Python's sqlite3."""
import gzip
import json
import os
import sqlite3
import time

from project import contains, same, test

ALERTS = """alerts:
  enabled: %s
  allow_private: ["127.0.0.1"]
  channels: {ops: {type: command, command: ["/bin/false"]}}
  routes: [{to: ops}]
"""
SHOP = """assets:
  raw/orders: {path: orders.csv, checks: [not_null: id, {not_null: {column: note}, severity: warning}]}
  raw/items: {path: items.csv, exposed: true, checks: [not_null: id]}
  mart/sales: {path: sales.csv, depends_on: [raw/orders], exposed: true}
"""
GOOD, BAD = "id,note\n1,x\n2,y\n", "id,note\n1,x\n,y\n"


def shop(p, orders=GOOD, items="id,n\n1,1\n", enabled=True, extra=""):
    p.write("orders.csv", orders, at=3600)
    p.write("items.csv", items, at=3600)
    p.write("sales.csv", "id,n\n1,1\n", at=3600)
    p.catalog(ALERTS % ("true" if enabled else "false") + SHOP + extra)


def ask(p, sql):
    db = sqlite3.connect("file:%s?mode=ro" % p.path(".weir/state.db"), uri=True)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def change(p, sql):
    db = sqlite3.connect(p.path(".weir/state.db"))
    db.execute(sql)
    db.commit()
    db.close()


def incidents(p):
    """By key: kind and whether it is open."""
    return {k: (kind, resolved is None) for k, kind, resolved in
            ask(p, "SELECT key, kind, resolved_us FROM incident WHERE kind NOT IN ('unused', 'stale') ORDER BY seq")}


def messages(p):
    """Type and subjects, in order, but for what is about orphans."""
    found = []
    for body, in ask(p, "SELECT body FROM message ORDER BY seq"):
        m = json.loads(body)
        subjects = [i["check"] or i["asset"] for i in m["data"]["incidents"] if i["kind"] != "unused"]
        if subjects:
            found.append((m["type"].split(".")[1], *subjects))
    return found


ID = "check|raw/orders||raw/orders:not_null:id"


@test
def a_failing_check_opens_an_incident_that_lasts_until_it_passes(p):
    shop(p, orders=BAD)
    p.weir("check").expect(1)
    same(incidents(p), {ID: ("check_failed", True)})
    (opened, run), = ask(p, "SELECT id, opened_run FROM incident")
    p.weir("check").expect(1)
    same(ask(p, "SELECT id, opened_run, run <> opened_run FROM incident"), [(opened, run, 1)])
    same(messages(p), [("opened", "raw/orders:not_null:id")])
    p.write("orders.csv", GOOD)
    p.weir("check").expect(0)
    same(incidents(p), {ID: ("check_failed", False)})
    same(messages(p)[1:], [("resolved", "raw/orders:not_null:id")])
    # It comes back as another one.
    p.write("orders.csv", BAD)
    p.weir("check").expect(1)
    same(ask(p, "SELECT count(*), count(DISTINCT id), sum(resolved_us IS NULL) FROM incident"), [(2, 2, 1)])
    same(messages(p)[2:], [("opened", "raw/orders:not_null:id")])


@test
def only_who_looked_and_found_it_well_resolves_it(p):
    shop(p, orders="id,note\n1,\n,y\n")
    p.weir("check").expect(1)
    note = "check|raw/orders||raw/orders:not_null:note"
    both = {ID: ("check_failed", True), note: ("check_failed", True)}
    same(incidents(p), both)
    p.write("orders.csv", GOOD)
    for words in (["check", "raw/items"], ["fresh"], ["orphans"], ["status"], ["fresh", "raw/orders"]):
        p.weir(*words)
        same(incidents(p), both, " ".join(words))
    p.weir("check", "check:raw/orders:not_null:note").expect(0)
    same(incidents(p), {ID: ("check_failed", True), note: ("check_failed", False)})
    # Not evaluated, in three ways.
    os.rename(p.path("orders.csv"), p.path("aside.csv"))
    p.weir("check").expect(3)
    same(incidents(p)[ID], ("check_failed", True))
    os.rename(p.path("aside.csv"), p.path("orders.csv"))
    p.catalog(ALERTS % "true" + SHOP.replace("not_null: id,", "{not_null: id, enabled: false},", 1))
    p.weir("audit")
    same(incidents(p)[ID], ("check_failed", True))
    p.catalog(ALERTS % "true" + SHOP)
    p.weir("check", "raw/orders").expect(0)
    same(incidents(p)[ID], ("check_failed", False))


@test
def what_is_no_longer_declared_ends_with_an_audit_of_everything(p):
    shop(p, orders=BAD)
    p.weir("check").expect(1)
    p.catalog(ALERTS % "true" + SHOP.replace("not_null: id, ", "", 1))
    p.weir("check").expect(0)
    p.weir("audit", "raw/orders").expect(0)
    same(incidents(p)[ID], ("check_failed", True))
    p.weir("audit").expect(0)
    same(incidents(p)[ID], ("check_failed", False))
    same(ask(p, "SELECT message FROM incident WHERE kind = 'check_failed'"), [("the check is no longer declared",)])
    same([m for m in messages(p) if "digest" not in m[0]], [("opened", "raw/orders:not_null:id"), ("resolved", "raw/orders:not_null:id")])


@test
def another_partition_resolves_nothing(p):
    for day, text in (("2024-05-08", BAD), ("2024-05-09", BAD)):
        p.write("d/%s.csv" % day, text)
    text = """assets:
  t: {path: "d/{day:%Y-%m-%d}.csv", partitions: {day: {every: day, from: "2024-05-08"}}, exposed: true, checks: [not_null: id]}
"""
    p.catalog(ALERTS % "true" + text)
    p.weir("check").expect(1)
    one, two = "check|t|2024-05-08|t:not_null:id", "check|t|2024-05-09|t:not_null:id"
    same(incidents(p), {one: ("check_failed", True), two: ("check_failed", True)})
    p.write("d/2024-05-08.csv", GOOD)
    p.write("d/2024-05-09.csv", GOOD)
    p.weir("check", "--partition", "2024-05-09").expect(0)
    same(incidents(p), {one: ("check_failed", True), two: ("check_failed", False)})


@test
def a_check_that_errs_and_then_fails_is_one_incident_told_twice(p):
    shop(p, orders="note\nx\n")
    p.weir("check", "check:raw/orders:not_null:id").expect(3)
    same(incidents(p), {ID: ("check_error", True)})
    p.write("orders.csv", BAD)
    p.weir("check", "check:raw/orders:not_null:id").expect(1)
    same(incidents(p), {ID: ("check_failed", True)})
    p.write("orders.csv", "note\nx\n")
    p.weir("check", "check:raw/orders:not_null:id").expect(3)
    p.write("orders.csv", GOOD)
    p.weir("check", "check:raw/orders:not_null:id").expect(0)
    same(incidents(p), {ID: ("check_error", False)})
    same([m[0] for m in messages(p)], ["opened", "repeated", "resolved"])


@test
def what_gets_worse_is_told_again_and_what_gets_better_is_not(p):
    shop(p)
    p.catalog(ALERTS % "true" + 'assets: {t: {path: t.csv, exposed: true, checks: [{not_null: id, warn: "> 0", fail: "> 60%"}]}}\n')
    for rows, status, severity in ((",1\n1,1\n", 0, "warning"), (",1\n,1\n", 1, "critical"), (",1\n1,1\n", 0, "warning")):
        p.write("t.csv", "id,n\n" + rows)
        p.weir("check").expect(status)
        same(ask(p, "SELECT severity, resolved_us FROM incident"), [(severity, None)])
    same([m[0] for m in messages(p)], ["opened", "repeated"])


@test
def what_cannot_be_read_is_one_incident_and_a_look_at_its_time_does_not_end_it(p):
    shop(p)
    p.catalog(ALERTS % "true" + SHOP.replace("orders.csv", "orders.csv.gz"))
    p.write("orders.csv.gz", gzip.compress(GOOD.encode())[:-6])
    p.weir("check", "raw/orders").expect(3)
    key = "unreadable|raw/orders||"
    same(incidents(p), {key: ("unreadable", True)})
    contains(ask(p, "SELECT message FROM incident")[0][0], "checks could not be evaluated")
    p.weir("fresh")
    same(incidents(p)[key], ("unreadable", True))
    p.write("orders.csv.gz", gzip.compress(GOOD.encode()))
    p.weir("check", "raw/orders").expect(0)
    same(incidents(p)[key], ("unreadable", False))


@test
def late_consumers_are_symptoms_of_the_late_input(p):
    policy = ", freshness: {max_age: 30m}"
    text = SHOP.replace("orders.csv,", "orders.csv" + policy + ",").replace("sales.csv,", "sales.csv" + policy + ",")
    shop(p)
    p.catalog(ALERTS % "true" + text)
    p.weir("fresh").expect(1)
    same(incidents(p), {"freshness|raw/orders||": ("late", True)})
    same(ask(p, "SELECT s.kind, s.asset FROM symptom s JOIN incident i ON i.id = s.incident WHERE i.kind = 'late'"), [("late", "mart/sales")])
    p.write("orders.csv", GOOD, at=60)
    p.weir("fresh").expect(1)
    # The input came, the consumer did not: its lateness is its own now.
    same(incidents(p), {"freshness|raw/orders||": ("late", False), "freshness|mart/sales||": ("late", True)})


@test
def what_is_stale_since_its_input_is_belongs_to_the_first_stale_one(p):
    p.catalog(ALERTS % "true" + """assets:
  raw: {exposed: true}
  a: {depends_on: [raw]}
  b: {depends_on: [a]}
  c: {depends_on: [b], exposed: true, staleness: {fail_after: 1h}}
""")
    made = ((("raw", "--version", "1"), 9), (("a", "--version", "1", "--input", "raw@1"), 8),
            (("b", "--version", "1", "--input", "a@1"), 7), (("c", "--version", "1", "--input", "b@1"), 6))
    for words, hours in made + ((("raw", "--version", "2"), 5),):
        p.weir("events", "add", *words, "--at", "2024-05-10T%02d:00:00Z" % (12 - hours)).expect(0)
    told = "SELECT i.key, i.severity, i.resolved_us IS NULL, group_concat(s.asset) FROM incident i LEFT JOIN symptom s " \
           "ON s.incident = i.id WHERE i.kind = 'stale' GROUP BY i.seq ORDER BY i.seq"
    p.weir("fresh").expect(1)
    (key, severity, is_open, symptoms), = ask(p, told)
    same((key, is_open, symptoms), ("stale|a||", 1, "b,c"))
    # Made again, it has nothing to do with what follows from the next one.
    p.weir("events", "add", "a", "--version", "2", "--input", "raw@2", "--at", "2024-05-10T11:30:00Z").expect(0)
    p.weir("fresh")
    same([(k, o, s) for k, _, o, s in ask(p, told)], [("stale|a||", 0, "b,c"), ("stale|b||", 1, "c")])


@test
def a_symptom_that_is_worse_than_its_root_is_told_at_once(p):
    alerts = ALERTS % "true" + "assets:\n  raw: {exposed: true}\n  a: {depends_on: [raw]}\n" \
             "  b: {depends_on: [a], exposed: true, staleness: {fail_after: 5h}}\n"
    p.catalog(alerts.replace("{to: ops}", "{to: ops, match: {severity: critical, kind: stale}}"))
    for key, words, hour in (("raw", ["--version", "1"], 1), ("a", ["--version", "1", "--input", "raw@1"], 2),
                             ("b", ["--version", "1", "--input", "a@1"], 3), ("raw", ["--version", "2"], 6)):
        p.weir("events", "add", key, *words, "--at", "2024-05-10T%02d:00:00Z" % hour).expect(0)
    p.weir("fresh", now="2024-05-10T08:00:00Z").expect(0)
    same((ask(p, "SELECT key, severity FROM incident WHERE kind = 'stale'"), messages(p)), ([("stale|a||", "warning")], []))
    p.weir("fresh", "b").expect(1)
    same((ask(p, "SELECT key, severity FROM incident WHERE kind = 'stale'"), messages(p)),
         ([("stale|a||", "critical")], [("opened", "a")]))


@test
def who_looked_before_it_began_does_not_end_it(p):
    p.catalog(ALERTS % "true" + """expectations:
  slow: {exec: [sh, -c, "touch began; while [ ! -e go ]; do sleep 0.05; done; echo '{\\"success\\": true}'"]}
assets:
  a: {path: a.csv, exposed: true, checks: [not_null: id]}
  b: {path: b.csv, depends_on: [a], exposed: true, checks: [slow: {}]}
""")
    p.write("a.csv", GOOD)
    p.write("b.csv", "id\n1\n")
    words, slow = p.start("check")
    while not os.path.exists(p.path("began")):
        assert slow.poll() is None, slow.communicate()
        time.sleep(0.02)
    p.write("a.csv", BAD)
    p.weir("check", "a").expect(1)
    p.write("go", "")
    slow.communicate()
    same((slow.returncode, incidents(p)), (0, {"check|a||a:not_null:id": ("check_failed", True)}))
    p.write("a.csv", GOOD)
    p.weir("check", "a").expect(0)
    same(incidents(p), {"check|a||a:not_null:id": ("check_failed", False)})


@test
def an_output_that_was_not_published_ends_no_incident(p):
    p.catalog(ALERTS % "true" + "assets:\n  m: {path: m.csv, exposed: true, publish: {stage: s.csv}, checks: [not_null: y, not_null: z]}\n")
    p.write("m.csv", "y,z\n1,\n")
    p.weir("check").expect(1)
    y, z = ("check|m||m:not_null:" + c for c in "yz")
    # The stage mends what is wrong with the output, and is wrong itself: the output stays, and so does what is wrong with it.
    p.weir("run", "m", "--", "sh", "-c", 'printf "y,z\\n,1\\n" >"$WEIR_STAGE"').expect(1)
    same(incidents(p), {y: ("check_failed", True), z: ("check_failed", True)})
    same(p.json("status").outcomes()["m:not_null:z"], "fail")
    p.weir("run", "m", "--", "sh", "-c", 'printf "y,z\\n1,1\\n" >"$WEIR_STAGE"').expect(0)
    same(incidents(p), {y: ("check_failed", False), z: ("check_failed", False)})
    same(p.json("status").outcomes()["m:not_null:z"], "pass")


@test
def a_flood_is_one_digest(p):
    p.catalog(ALERTS % "true" + "assets:\n" + "".join(
        "  t%d: {path: t.csv, exposed: true, checks: [not_null: id]}\n" % i for i in range(30)))
    p.write("t.csv", "id,n\n,1\n")
    p.weir("check").expect(1)
    same(ask(p, "SELECT type, count(*) FROM message"), [("incident.digest", 1)])
    same(ask(p, "SELECT count(*) FROM message_incident"), [(30,)])
    (body,), = ask(p, "SELECT body FROM message")
    assert len(body.encode()) <= 20000
    data = json.loads(body)["data"]
    same((data["count"], data["omitted"] + len(data["incidents"])), (30, 30))


@test
def with_alerts_off_nobody_is_told_and_that_is_said(p):
    shop(p, orders=BAD, enabled=False)
    done = p.weir("check").expect(1)
    contains(done.err, "weir: alerts.enabled is off, so these alerts are not sent:\n  ops: raw/orders not_null:id: 1 of 2 values")
    same(incidents(p), {ID: ("check_failed", True)})
    same(ask(p, "SELECT count(*) FROM message"), [(0,)])
    same("not sent" in p.weir("check").expect(1).err, False, "said again")
    same("not sent" in p.weir("check", "--quiet", "--store", ":memory:").expect(1).err, False, "quiet")
    # A column's name can not speak to the terminal.
    p.catalog(ALERTS % "false" + 'assets: {t: {path: t.csv, exposed: true, checks: [not_null: "a\\e[1m\\u202eb"]}}\n')
    p.write("t.csv", "a\x1b[1m\u202eb,n\n,1\n")
    err = p.weir("check").expect(1).err
    contains(err, "not sent", "\\u202e")
    same([c for c in err if c in "\x1b\u202e"], [])
    # Switched on, they are told what they missed, whether or not this run looked at it.
    p.write("orders.csv", BAD)
    p.catalog(ALERTS % "true" + SHOP)
    p.weir("check").expect(1)
    same(messages(p), [("opened", "raw/orders:not_null:id"), ("opened", 't:not_null:a\x1b[1m\u202eb')])


@test
def a_waived_failure_leaves_its_incident_open_in_silence(p):
    shop(p, orders=BAD)
    p.weir("check").expect(1)
    p.weir("waive", "raw/orders:not_null:id", "--until", "2024-05-20T00:00:00Z", "--reason", "known").expect(0)
    before = ask(p, "SELECT * FROM incident")
    p.weir("check").expect(0)
    same(ask(p, "SELECT * FROM incident"), before)
    p.write("orders.csv", GOOD)
    p.weir("check").expect(0)
    same(incidents(p)[ID], ("check_failed", False))


@test
def verdicts_incidents_and_messages_are_written_together_or_not_at_all(p):
    tables = ("run", "verdict", "metric", "incident", "message", "message_incident")

    def counts():
        return [ask(p, "SELECT count(*) FROM %s" % t)[0][0] for t in tables]

    for table in tables:
        shop(p)
        p.weir("check").expect(0)
        before = counts()
        # What comes before it in the transaction has been written by then.
        change(p, "ALTER TABLE %s RENAME TO hidden" % table)
        p.write("orders.csv", BAD)
        p.weir("check").expect(3, "✗ not_null:id", "cannot ")
        change(p, "ALTER TABLE hidden RENAME TO %s" % table)
        same((table, counts()), (table, before))
        same(ask(p, "PRAGMA integrity_check"), [("ok",)])
    p.weir("check").expect(1)
    same(counts()[3:], [1, 1, 1])


@test
def the_status_lists_what_is_open(p):
    p.write("a.csv", "x\n\n1\n,\n")
    p.write("b.csv", "x,y\n,1\n")
    p.catalog("assets:\n  a: {path: a.csv, checks: [{not_null: x}]}\n  b: {path: b.csv, checks: [{not_null: x}]}\n")
    same(p.json("status").json["incidents"], [])
    p.weir("check")
    both = p.json("status").json["incidents"]
    same({(i["asset"], i["change"]) for i in both}, {("a", "still_open"), ("b", "still_open")})
    same({i["asset"] for i in p.json("status", "b").json["incidents"]}, {"b"})
    p.write("b.csv", "x,y\n1,1\n")
    p.weir("check", "b")
    same([i for i in p.json("status", "b").json["incidents"]], [])
