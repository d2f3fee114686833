"""Waivers, retention, backups, and weir's look at itself."""
import json
import os
import sqlite3
import stat

from project import contains, same, test

TWO = """assets:
  raw/a: {path: a.csv, exposed: true, checks: [not_null: x, {in_set: {column: y, value_set: [1, 2]}}]}
  marts/m: {depends_on: [raw/a]}
"""
NULL, SET = "raw/a:not_null:x", "raw/a:in_set:y"
BAD = "x,y\n1,1\n,7\n"


def waive(p, *words, status=0, until="2024-05-20", reason="known, OPS-17", **how):
    return p.weir("waive", *words, "--until", until, "--reason", reason, **how).expect(status)


def failing(p, catalog=TWO):
    p.write("a.csv", BAD, at=3600)
    p.catalog(catalog)
    p.weir("check").expect(1)


def kinds(p, status, **how):
    done = p.json("gate", "marts/m", **how).expect(status)
    return [(r["kind"], r.get("check"), r["effect"]) for r in done.json["reasons"]]


@test
def a_waived_failure_is_a_warning_everywhere_and_stays_stored_as_a_failure(p):
    failing(p)
    waive(p, NULL, "--who", "ann").expect(0, NULL, "2024-05-20T00:00:00Z")
    done = p.json("check").expect(1)
    same(done.outcomes()[NULL], "warn")
    same(done.outcomes()[SET], "fail")
    same(done.check(NULL)["waived"],
         {"outcome": "fail", "by": "ann", "reason": "known, OPS-17", "until": "2024-05-20T00:00:00Z"})
    assert "waived" not in done.check(SET), done.out
    waive(p, SET)
    for words, status in ((("check",), 0), (("status",), 0), (("audit",), 0), (("check", "--strict"), 1)):
        done = p.json(*words).expect(status)
        same(done.outcomes()[NULL], "warn", words)
        same(done.json["summary"]["checks"]["fail"], 0, words)
    contains(p.weir("check").expect(0).out, "waived by ann until 2024-05-20T00:00:00Z: known, OPS-17")
    same(sorted(kinds(p, 0)), [("waived", SET, "allow"), ("waived", NULL, "allow")])
    db = sqlite3.connect(p.path(".weir/state.db"))
    same(db.execute("SELECT DISTINCT outcome FROM verdict WHERE check_id = ?", (NULL,)).fetchall(), [("fail",)])
    db.close()


@test
def a_waiver_ends_by_itself_at_the_moment_it_named(p):
    failing(p)
    waive(p, NULL, SET, until="2024-05-12T08:00:00Z")
    for now, status in (("2024-05-12T07:59:59.999999Z", 0), ("2024-05-12T08:00:00Z", 1), ("2025-01-01T00:00:00Z", 1)):
        p.weir("status", now=now).expect(status)
        p.weir("gate", "marts/m", now=now).expect(status)
        p.weir("check", now=now).expect(status)
    # A clock that was set back before it was given does not know of it yet.
    p.weir("check", now="2024-05-10T11:59:59Z").expect(1)
    same([w["state"] for w in p.json("waive", "--list", now="2024-05-12T08:00:00Z").expect(0).json], ["expired", "expired"])


@test
def until_takes_dates_times_and_durations_in_the_future_within_a_year(p):
    failing(p, "timezone: America/New_York\n" + TWO)
    for until, want in (("14d", "2024-05-24T12:00:00Z"), ("2024-05-11", "2024-05-11T04:00:00Z"),
                        ("2024-05-10T14:00:00+01:00", "2024-05-10T13:00:00Z"), ("366d", "2025-05-11T12:00:00Z")):
        waive(p, NULL, until=until)
        same(p.json("waive", "--list").json[0]["until"], want)
    before = len(p.json("waive", "--list").json)
    for until in ("0", "2024-05-10", "2024-05-10T12:00:00Z", "1999-01-01", "366d1s", "2030-01-01", "tomorrow", "", "14",
                  "2024-05-11T10:00:00", "-14d", "99999999999d"):
        same(waive(p, NULL, until=until, status=2).out, "", until)
    for reason in ("", "  "):
        waive(p, NULL, reason=reason, status=2)
    p.weir("waive", NULL, "--reason", "x").expect(2, "--until")
    p.weir("waive", NULL, "--until", "1d").expect(2, "--reason")
    waive(p, NULL, until="367d", status=2).expect(2, "366 days")
    same(len(p.json("waive", "--list").json), before)


@test
def checks_are_named_by_id_or_glob_and_slips_are_told(p):
    failing(p, TWO + "  raw/b: {path: a.csv, exposed: true, checks: [not_null: x]}\n")
    waive(p, "raw/a:not_nul:x", status=2).expect(2, "did you mean 'raw/a:not_null:x'?")
    waive(p, "nothing*", status=2)
    waive(p, NULL, "raw/a:zzz", status=2)
    waive(p, "not_null:x", status=2).expect(2, "means 2 checks")
    p.weir("waive", "--until", "1d", "--reason", "x").expect(2, "--all-current")
    waive(p, NULL, "--all-current", status=2)
    p.weir("waive", "--list", "--until", "1d").expect(2)
    p.weir("waive", "--list", "--end", NULL).expect(2)
    same(p.json("waive", "--list").json, [])
    waive(p, "in_set:y")
    waive(p, "not_null*")
    same(sorted(w["check"] for w in p.json("waive", "--list").json), [SET, NULL, "raw/b:not_null:x"])
    p.weir("check").expect(0)


@test
def all_current_waives_what_fails_now_and_nothing_else(p):
    p.write("a.csv", BAD, at=3600)
    p.catalog(TWO + "  raw/c: {path: c.csv, exposed: true, checks: [not_null: x]}\n")
    p.weir("check").expect(3)
    done = waive(p, "--all-current")
    contains(done.out, NULL, SET)
    contains(done.err, "an error is never waived")
    same(sorted(w["check"] for w in p.json("waive", "--list").json), [SET, NULL])
    contains(waive(p, "--all-current").out, "nothing to waive")
    # What breaks later is not put up with.
    p.write("c.csv", "x,y\n,1\n", at=3600)
    done = p.json("check").expect(1)
    same(done.outcomes()["raw/c:not_null:x"], "fail")
    # A longer one is a new waiver, a shorter one is not.
    contains(waive(p, "--all-current", until="2024-05-15").out, "raw/c:not_null:x")
    same(len(p.json("waive", "--list").json), 3)
    waive(p, "--all-current", until="2024-06-20")
    same(len(p.json("waive", "--list").json), 6)


@test
def an_error_is_never_waived(p):
    failing(p)
    waive(p, "raw/a:*")
    p.weir("check").expect(0)
    p.weir("gate", "marts/m").expect(0)
    p.write("a.csv", "y\n1\n", at=1800)  # the column is gone
    done = p.json("check").expect(3)
    same(done.outcomes()[NULL], "error")
    assert "waived" not in done.check(NULL), done.out
    assert ("check_error", NULL, "block") in kinds(p, 1), kinds(p, 1)
    p.weir("status").expect(3)
    os.unlink(p.path("a.csv"))
    p.weir("check").expect(3)
    p.weir("gate", "marts/m").expect(1)


@test
def a_waiver_opens_nothing_for_what_was_not_judged(p):
    failing(p)
    waive(p, "raw/a:*")
    p.weir("gate", "marts/m").expect(0)
    p.write("a.csv", "x,y\n1,1\n,9\n", at=1800)
    same([k[0] for k in kinds(p, 1)], ["unchecked"])


@test
def a_waiver_holds_in_its_environment_and_for_its_check_only(p):
    text = """environments: {prod: {}}
assets:
  raw/a: {path: a.csv, exposed: true, checks: [not_null: x, not_null: z]}
  raw/b: {path: a.csv, exposed: true, checks: [not_null: x]}
  marts/m: {depends_on: [raw/a]}
"""
    p.write("a.csv", "x,z\n1,1\n,\n", at=3600)
    p.catalog(text)
    p.weir("check").expect(1)
    p.weir("check", "--env", "prod").expect(1)
    waive(p, "raw/a:*")
    p.weir("gate", "marts/m").expect(0)
    p.weir("gate", "marts/m", "--env", "prod").expect(1)
    p.weir("check", "raw/a", "--env", "prod").expect(1)
    p.weir("status", "raw/a", "--env", "prod").expect(1)
    same(p.json("waive", "--list", "--env", "prod").json, [])
    same(p.json("check").expect(1).outcomes()["raw/b:not_null:x"], "fail")


@test
def a_waiver_covers_all_partitions_of_its_asset(p):
    for day, x in (("2024-05-07", ""), ("2024-05-08", "1"), ("2024-05-09", "")):
        p.write("d/%s.csv" % day, "x,y\n%s,1\n" % x, at=3600)
    p.catalog("""assets:
  raw/d:
    path: "d/{date:%Y-%m-%d}.csv"
    partitions: {date: {every: day, from: 2024-05-07}}
    exposed: true
    checks: [not_null: x]
""")
    done = p.json("check").expect(1)
    same(sorted(k for k, o in done.outcomes().items() if o == "fail"),
         ["raw/d:not_null:x|2024-05-07", "raw/d:not_null:x|2024-05-09"])
    waive(p, "--all-current")
    done = p.json("check").expect(0)
    same([done.check("raw/d:not_null:x", d)["outcome"] for d in ("2024-05-07", "2024-05-08", "2024-05-09")],
         ["warn", "pass", "warn"])


@test
def a_waived_failure_taints_nothing_while_it_is_waived(p):
    p.write("a.csv", BAD, at=7200)
    p.write("s.csv", "x\n1\n", at=3600)
    p.catalog("""assets:
  raw/a: {path: a.csv, version: {from: reported}, exposed: true, checks: [not_null: x]}
  stg/s: {path: s.csv, depends_on: [raw/a], checks: [not_null: x]}
  marts/m: {depends_on: [stg/s]}
""")
    p.weir("events", "add", "raw/a", "--version", "v1", "--at", "2024-05-10T10:00:00Z").expect(0)
    p.weir("events", "add", "stg/s", "--version", "s1", "--input", "raw/a@v1", "--at", "2024-05-10T11:00:00Z").expect(0)
    p.weir("check").expect(1)
    assert ("tainted", NULL, "block") in kinds(p, 1), kinds(p, 1)
    waive(p, NULL, until="2024-05-12")
    assert ("waived", NULL, "allow") in kinds(p, 0), kinds(p, 0)
    p.weir("check", "stg/s", now="2024-05-12T00:00:00Z").expect(0)
    assert ("tainted", NULL, "block") in kinds(p, 1, now="2024-05-12T00:00:00Z")


@test
def a_waiver_goes_by_the_id_of_the_check_and_can_be_taken_back(p):
    failing(p)
    waive(p, NULL, SET)
    p.catalog(TWO.replace("[1, 2]", "[1, 2, 3]"))  # another hash under the same id
    p.weir("check").expect(0)
    p.weir("waive", "--end", "raw/a:in_se:y").expect(2, "did you mean 'raw/a:in_set:y'?")
    p.weir("waive", "--end").expect(2)
    contains(p.weir("waive", "--end", SET).expect(0).out, SET)
    p.weir("check").expect(1)
    p.weir("waive", "--end", SET).expect(2, "no waiver is in force")
    p.catalog("assets: {}\n")  # its check has left the catalog
    p.weir("waive", "--end", "raw/a:*").expect(0)
    same(sorted((w["check"], w["state"], w["ended_at"]) for w in p.json("waive", "--list").json),
         [(SET, "ended", "2024-05-10T12:00:00Z"), (NULL, "ended", "2024-05-10T12:00:00Z")])
