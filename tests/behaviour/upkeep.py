"""Waivers, retention, backups, and weir's look at itself."""
import json
import os
import sqlite3
import stat
import time

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


# Retention, backups and examinations --------------------------------------------------------------------------------------------------

ONE = "retention: {samples: 10d, results: 20d, reports: 15d, metrics: off}\n" + TWO


def ask(p, sql, *words):
    db = sqlite3.connect("file:%s?mode=ro" % p.path(".weir/state.db"), uri=True)
    try:
        return db.execute(sql, words).fetchall()
    finally:
        db.close()


def pruned(p, *words, **how):
    done = p.json("store", "prune", *words, **how).expect(0).json["pruned"]
    return {k: n for k, n in done.items() if n > 0}


@test
def samples_go_first_then_what_newer_verdicts_have_replaced(p):
    failing(p, ONE)
    p.weir("check").expect(1)  # the same again: of the first run nothing is the last word
    same(pruned(p), {})
    same(ask(p, "SELECT count(*) FROM verdict WHERE result LIKE '%partial_unexpected_list%'")[0][0] > 0, True)
    before = p.json("status").json
    gate = kinds(p, 1)
    day11, day21 = "2024-05-21T12:00:01Z", "2024-05-31T12:00:01Z"
    would = pruned(p, "--dry-run", now=day11)
    same(sorted(would), ["samples"])
    same(ask(p, "SELECT count(*) FROM verdict WHERE result LIKE '%partial_unexpected_list\":%7%'")[0][0] > 0, True)
    same(pruned(p, now=day11), would)
    same(ask(p, "SELECT count(*) FROM verdict WHERE result LIKE '%unexpected_list%' OR result LIKE '%index_list%'"), [(0,)])
    same(ask(p, "SELECT count(*) FROM run WHERE report LIKE '%unexpected_list%' OR report LIKE '%\"sample\"%'"), [(0,)])
    # The counts are still there, and so is what gates go by.
    results = [json.loads(r) for r, in ask(p, "SELECT result FROM verdict WHERE check_id = ?", NULL)]
    same({r["unexpected_count"] for r in results}, {1})
    verdicts = ask(p, "SELECT count(*) FROM verdict")[0][0]
    metrics = ask(p, "SELECT count(*) FROM metric")
    same(pruned(p, now=day21)["results"] > 0, True)
    same(ask(p, "SELECT count(*) FROM verdict")[0][0], verdicts // 2)
    same(ask(p, "SELECT count(*) FROM run"), [(1,)])
    same(ask(p, "SELECT count(*) FROM metric"), metrics)
    after = p.json("status").json
    same([(a["key"], a["outcome"], a["data_version"], [(c["id"], c["outcome"]) for c in a["checks"]]) for a in after["assets"]],
         [(a["key"], a["outcome"], a["data_version"], [(c["id"], c["outcome"]) for c in a["checks"]]) for a in before["assets"]])
    same(kinds(p, 1), gate)
    same(pruned(p, now=day21), {})


@test
def samples_that_are_gone_cannot_be_read_in_the_file(p):
    p.write("a.csv", "x,y\n1,Zaphod-Beeblebrox-42\n", at=3600)
    p.catalog("retention: {samples: 1d}\nassets: {raw/a: {path: a.csv, checks: [{in_set: {column: y, value_set: [x]}}]}}\n")
    p.weir("check").expect(1)
    p.weir("store", "prune", now="2024-05-12T12:00:00Z").expect(0)
    p.weir("store", "backup", "b.db").expect(0)
    assert b"Zaphod" not in open(p.path("b.db"), "rb").read(), "the backup holds what was pruned"


@test
def years_of_retention_do_not_open_a_tainted_gate(p):
    p.write("s.csv", "x\n1\n", at=3600)
    p.write("a.csv", BAD, at=7200)
    p.catalog("""retention: {samples: 1h, results: 1h, reports: 1h, events: 1h, versions: 1h, decisions: 1h}
assets:
  raw/a: {path: a.csv, version: {from: reported}, exposed: true, checks: [not_null: x]}
  stg/s: {path: s.csv, depends_on: [raw/a], checks: [not_null: x]}
  marts/m: {depends_on: [stg/s]}
""")
    p.weir("events", "add", "raw/a", "--version", "v1", "--at", "2024-05-10T10:00:00Z").expect(0)
    p.weir("events", "add", "stg/s", "--version", "s1", "--input", "raw/a@v1", "--at", "2024-05-10T11:00:00Z").expect(0)
    p.weir("check").expect(1)
    p.write("a.csv", "x,y\n1,1\n", at=0)
    for day in range(11, 31):
        t = "2024-05-%dT10:00:00Z" % day
        p.weir("events", "add", "raw/a", "--version", "v%d" % day, "--at", t, now=t).expect(0)
    p.weir("check", now="2024-06-01T00:00:00Z").expect(0)
    for now in ("2024-06-02T00:00:00Z", "2026-06-01T00:00:00Z"):
        p.weir("store", "prune", now=now).expect(0)
        assert ("tainted", NULL, "block") in kinds(p, 1, now=now), kinds(p, 1, now=now)
        same(pruned(p, now=now), {})


@test
def an_audit_prunes_at_its_end_and_other_commands_do_not(p):
    failing(p, ONE)
    p.weir("check").expect(1)
    runs = ask(p, "SELECT count(*) FROM run")
    p.weir("check", now="2024-07-01T00:00:00Z").expect(1)
    same(ask(p, "SELECT count(*) FROM run")[0][0], runs[0][0] + 1)
    p.weir("audit", now="2024-07-01T00:00:01Z").expect(1)
    same(ask(p, "SELECT count(*) FROM run"), [(2,)])


@test
def the_log_of_the_state_does_not_grow_with_every_command(p):
    p.catalog("assets:\n  t: {path: t.csv, checks: [{not_null: a}, {unique: a}, {between: {column: a, max: 1}}]}\n")
    p.write("t.csv", "a\n1\n2\n")
    sizes = []
    for i in range(40):
        p.weir("check", now="2024-05-01T%02d:%02d:00Z" % (i // 60, i % 60)).expect(1)
        sizes.append(os.path.getsize(p.path(".weir/state.db-wal")))
    assert max(sizes) < 4 << 20, sizes
    assert min(sizes[5:]) < 300 << 10, sizes
    same(ask(p, "SELECT count(*) FROM run"), [(40,)])


def kept_files(p):
    """What is kept of the parts of files."""
    top = p.path(".weir/kept")
    return sorted(os.path.relpath(os.path.join(folder, name), top) for folder, _, names in os.walk(top) for name in names)


def unused_for(p, name, days):
    t = time.time() - days * 86400
    os.utime(p.path(".weir/kept/" + name), (t, t))


@test
def what_is_kept_of_files_goes_with_its_asset_or_when_nobody_uses_it(p):
    two = "  raw/b: {path: b.csv, checks: [{not_null: x}]}\n"
    text = "retention: {samples: %s}\nassets:\n  raw/a: {path: a.csv, checks: [{not_null: x}]}\n"
    p.write("a.csv", "x\n1\n", at=3600)
    p.write("b.csv", "x\n2\n", at=3600)
    p.catalog(text % "7d" + two)
    p.weir("check", "raw/a").expect(0)
    a, = kept_files(p)
    p.weir("check").expect(0)
    both = kept_files(p)
    b, = set(both) - {a}
    unfinished = a + ".1.2.new"
    with open(p.path(".weir/kept/" + unfinished), "w", encoding="ascii") as f:
        f.write("half")

    def prune(*words):
        return p.json("store", "prune", *words).expect(0).json["kept_files"]

    same(prune(), 0)
    # gone from the catalog: after a day in which nobody, with another catalog, used it
    p.catalog(text % "7d")
    same(prune(), 0)
    unused_for(p, b, 2)
    unused_for(p, unfinished, 2)
    same((prune("--dry-run"), kept_files(p)), (2, sorted([a, b, unfinished])))
    same((prune(), kept_files(p)), (2, [a]))
    # in the catalog, and not used for as long as samples are kept; a use is noted
    unused_for(p, a, 6)
    same(prune(), 0)
    unused_for(p, a, 8)
    p.weir("check").expect(0, "reused 1 of 1 part")
    same((prune(), kept_files(p)), (0, [a]))
    unused_for(p, a, 8)
    p.catalog(text % "off")
    same(prune(), 0)
    p.catalog(text % "7d")
    p.weir("audit").expect(0)
    same(kept_files(p), [a], "the audit used it")
    unused_for(p, a, 8)
    same((prune(), kept_files(p)), (1, []))
    p.weir("check").expect(0)
    same(kept_files(p), [a])


@test
def retention_is_checked_where_it_is_written(p):
    for text, words in (("samples: 5", "samples"), ("samples: 1m", "at least"), ("sample: 5d", "samples"), ("events: -1d", "events"),
                        ("results: yes", "results"), ("metrics: [1d]", "metrics")):
        p.catalog("retention: {%s}\n%s" % (text, TWO))
        p.weir("validate").expect(2, words, "weir.yaml:2:")
    p.catalog("environments: {prod: {retention: {samples: off}}}\nretention: {samples: 1d, events: off, alerts: 5d12h}\n" + TWO)
    p.weir("validate").expect(0)
    p.weir("validate", "--env", "prod").expect(0)
    same(pruned(p, "--dry-run"), {})


@test
def a_backup_is_whole_private_and_replaces_nothing_unasked(p):
    failing(p)
    contains(p.weir("store", "backup", "b.db").expect(0).out, "b.db")
    same(stat.S_IMODE(os.stat(p.path("b.db")).st_mode), 0o600)
    db = sqlite3.connect(p.path("b.db"))
    same(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
    for table in ("verdict", "run", "event", "version"):
        same(db.execute("SELECT * FROM " + table).fetchall(), ask(p, "SELECT * FROM " + table), table)
    db.close()
    was = open(p.path("b.db"), "rb").read()
    p.weir("store", "backup", "b.db").expect(2, "is there already")
    same(open(p.path("b.db"), "rb").read(), was)
    p.weir("check").expect(1)
    p.weir("store", "backup", "b.db", "--force").expect(0)
    assert open(p.path("b.db"), "rb").read() != was
    for target, words in ((".weir/state.db", "the state itself"), (".weir/state.db-wal", "the state itself"),
                          (".weir/state.db.lock", "the state itself"), (".", ""), ("no/such/b.db", "no folder"), (".weir/", "")):
        p.weir("store", "backup", target, "--force").expect(2, words)
    os.symlink(p.path(".weir/state.db"), p.path("link.db"))
    p.weir("store", "backup", "link.db", "--force").expect(2)
    same(sorted(f for f in os.listdir(p.dir) if "b.db" in f), ["b.db"])
    # It is a state like the one it was taken from.
    same(p.json("status", "--store", "b.db").expect(1).outcomes(), p.json("status").expect(1).outcomes())
    os.rename(p.path("b.db"), p.path(".weir/state.db"))
    for left in ("-wal", "-shm"):
        os.unlink(p.path(".weir/state.db" + left))
    p.weir("check").expect(1)
    p.weir("store", "check").expect(0)


@test
def there_is_nothing_to_back_up_before_the_first_run(p):
    p.catalog(TWO)
    p.weir("store", "backup", "b.db").expect(2, "no state yet")
    p.weir("store", "check").expect(0, "nothing is stored yet")
    p.weir("store", "info").expect(0, "nothing is stored yet")
    assert not os.path.exists(p.path(".weir")), os.listdir(p.dir)
    for words in ((), ("chek",), ("backup",), ("backup", "a", "b"), ("check", "x"), ("check", "--force"), ("info", "--dry-run"),
                  ("backup", "b.db", "--format", "json")):
        same(p.weir("store", *words).expect(2).out, "")


def levels(done):
    return {(c["subject"], c["level"]) for c in done.json["checks"] if c["level"] != "ok"}


@test
def store_check_finds_what_other_hands_did(p):
    failing(p)
    same(levels(p.json("store", "check").expect(0)), set())
    same(p.json("store", "info").expect(0).json["tables"]["run"]["rows"], 1)
    for sql, found in (("UPDATE verdict SET outcome = 'passed'", ("contents", "fail")),
                       ("UPDATE verdict SET run = 'x'", ("references", "fail")),
                       ("DROP INDEX verdict_identity", ("schema", "fail")),
                       ("CREATE TABLE mine (x)", ("schema", "warn")),
                       ("UPDATE run SET started_us = started_us + 86400000000", ("times", "warn")),
                       ("UPDATE verdict SET result = '{'", ("contents", "fail"))):
        p.weir("store", "backup", "b.db", "--force").expect(0)
        db = sqlite3.connect(p.path("b.db"))
        db.execute(sql)
        db.commit()
        db.close()
        done = p.json("store", "check", "--store", "b.db").expect(3 if found[1] == "fail" else 0)
        same(levels(done), {found}, sql)
    os.chmod(p.path(".weir/state.db"), 0o644)
    same(levels(p.json("store", "check").expect(0)), {("permissions", "warn")})
    os.chmod(p.path(".weir/state.db"), 0o666)
    p.weir("store", "check").expect(3, "chmod 600")


@test
def store_check_finds_damaged_pages(p):
    failing(p)
    for _ in range(5):
        p.weir("check").expect(1)
    p.weir("store", "backup", "b.db").expect(0)
    with open(p.path("b.db"), "r+b") as f:
        f.seek(4096 * 4)
        f.write(b"\x5a" * 4096 * 8)
    p.weir("store", "check", "--store", "b.db").expect(3)
    with open(p.path("b.db"), "wb") as f:
        f.write(b"no database at all" * 500)
    p.weir("store", "check", "--store", "b.db").expect(3)


@test
def the_doctor_says_what_is_wrong_and_what_to_do(p):
    done = p.json("doctor", now="").expect(0)  # no project
    same({s for s, _ in levels(done)}, {"catalog"})
    p.weir("doctor", "--strict", now="").expect(1)
    failing(p)
    done = p.json("doctor", now="").expect(0)
    same(levels(done) - {("libcurl", "warn"), ("space", "warn")}, set(), done.out)
    subjects = {c["subject"] for c in done.json["checks"]}
    same({"weir", "sqlite", "pcre2", "zlib", "zstd", "openssl", "libcurl", "catalog", "secrets", "state", "schema", "clock",
          "time zones", "open files", "terminal", "alerts", "space"} - subjects, set())
    version = [c["message"] for c in done.json["checks"] if c["subject"] == "sqlite"][0]
    assert version.startswith(sqlite3.sqlite_version), version
    contains(p.weir("doctor").expect(0).out, "--now stands for it")
    os.mkdir(p.path("zones"))
    p.weir("doctor", env={"TZDIR": p.path("zones")}).expect(3, "tzdata")
    os.chmod(p.path(".weir/state.db"), 0o622)
    p.weir("doctor").expect(3, "chmod 600")
    p.catalog("assets: [\n")
    p.weir("doctor").expect(3, "weir validate")


@test
def the_doctor_names_secrets_that_are_not_set_and_tells_no_value(p):
    p.catalog("""alerts:
  channels:
    ops: {type: webhook, url: "https://example.com/x", secrets: {env: OPS_KEY}}
  routes: [{to: ops}]
""" + TWO)
    how = {"OPS_KEY": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
    done = p.json("doctor", env=how)
    assert not [c for c in done.json["checks"] if c["subject"] == "secrets" and c["level"] != "ok"], done.out
    assert "MfKQ" not in done.out + done.err
    done = p.json("doctor").expect(0)
    contains([c["message"] for c in done.json["checks"] if c["subject"] == "secrets"][0], "OPS_KEY")
