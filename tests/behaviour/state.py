"""Events, partitions, freshness, staleness and orphans as reported and as found."""
import os
import subprocess

from project import WEIR, contains, same, test

FLOW = """assets:
  raw/a: {exposed: true, freshness: {max_age: 2h}}
  marts/b: {depends_on: [raw/a]}
  marts/c: {depends_on: [marts/b], exposed: true}
"""


def event(p, *words, status=0):
    return p.weir("events", "add", *words).expect(status)


def stale(p, *keys, **how):
    done = p.json("fresh", **how)
    return [done.asset(k)["staleness"]["status"] for k in keys]


@test
def all_kinds_of_events_are_kept_and_listed(p):
    p.catalog(FLOW)
    event(p, "raw/a", "--kind", "started", "--at", "2024-05-10T10:00:00Z")
    event(p, "raw/a", "--kind", "failed", "--at", "2024-05-10T10:05:00Z")
    event(p, "raw/a", "--version", "v1", "--at", "2024-05-10T10:30:00+00:00", "--rows", "12", "--metric", "loss=0.25",
          "--data-through", "2024-05-09T00:00:00Z")
    event(p, "marts/b", "--input", "raw/a@v1", "--input", "other/x", "--code-version", "c1", "--at", "2024-05-10T11:00:00Z")
    event(p, "raw/a", "--kind", "observed", "--version", "v1", "--at", "2024-05-10T11:30:00Z")
    listed = p.json("events", "list").expect(0).json
    same([(e["asset"], e["kind"]) for e in listed],
         [("raw/a", "observed"), ("marts/b", "materialized"), ("raw/a", "materialized"), ("raw/a", "failed"), ("raw/a", "started")])
    same(listed[1]["inputs"], [{"asset": "raw/a", "version": "v1"}, {"asset": "other/x", "version": ""}])
    same((listed[2]["rows"], listed[2]["metrics"], listed[2]["data_through"]), (12, {"loss": 0.25}, "2024-05-09T00:00:00Z"))
    same([e["asset"] for e in p.json("events", "list", "marts/b").json], ["marts/b"])


@test
def wrong_events_are_refused(p):
    p.catalog(FLOW)
    for words in (("raw/aa",), ("raw/a", "--kind", "made"), ("raw/a", "--at", "noon"), ("raw/a", "--metric", "loss"),
                  ("raw/a", "--metric", "loss=low"), ("raw/a", "--rows", "-3"), ("raw/a", "--partition", "2024-01-01"),
                  ("raw/a", "--input", "@v1"), ("raw/a", "raw/a"), ("raw/a", "--metric", "loss=nan")):
        same(event(p, *words, status=2).out, "")
    same(p.json("events", "list").json, [])


@test
def only_what_was_made_or_seen_freshens(p):
    p.catalog(FLOW)
    same(p.json("fresh").expect(3).asset("raw/a")["freshness"]["status"], "unknown")
    event(p, "raw/a", "--kind", "started", "--at", "2024-05-10T11:59:00Z")
    event(p, "raw/a", "--kind", "failed", "--at", "2024-05-10T11:59:30Z")
    same(p.json("fresh").expect(3).asset("raw/a")["freshness"]["status"], "unknown")
    event(p, "raw/a", "--at", "2024-05-10T09:00:00Z")
    same(p.json("fresh").expect(1).asset("raw/a")["freshness"]["status"], "fail")
    event(p, "raw/a", "--at", "2024-05-10T13:00:00Z")  # an hour ahead: not believed
    same(p.json("fresh").expect(1).asset("raw/a")["freshness"]["age_seconds"], 3 * 3600)
    event(p, "raw/a", "--at", "2024-05-10T11:00:00Z")
    same(p.json("fresh").expect(0).asset("raw/a")["freshness"]["age_seconds"], 3600)
    # Reported late, about something older: it takes nothing back.
    event(p, "raw/a", "--at", "2024-05-10T08:00:00Z")
    same(p.json("fresh").expect(0).asset("raw/a")["freshness"]["age_seconds"], 3600)


@test
def the_file_and_the_events_agree_on_the_later(p):
    p.write("a.csv", "x\n1\n", at=1800)
    p.catalog("assets: {a: {path: a.csv, exposed: true, freshness: {max_age: 2h}}}\n")
    same(p.json("fresh").expect(0).asset("a")["freshness"]["produced_at"], "2024-05-10T11:30:00Z")
    os.unlink(p.path("a.csv"))
    assert p.weir("fresh").status != 0, "the file is gone, and that is fresh"
    same([o["kind"] for o in p.json("orphans").json["orphans"]], ["unstored"])


@test
def a_file_from_the_future_makes_nothing_fresh(p):
    p.write("a.csv", "x\n1\n", at=-86400)
    p.catalog("assets: {a: {path: a.csv, exposed: true, freshness: {max_age: 2h}}}\n")
    done = p.json("fresh")
    assert done.asset("a")["freshness"]["status"] != "pass" and done.status in (1, 3), done.out


@test
def one_bad_date_makes_nothing_fresh(p):
    p.write("a.csv", "at\n2024-05-09 10:00:00\n2099-01-01 00:00:00\n", at=0)
    p.catalog("assets: {a: {path: a.csv, exposed: true, columns: {at: timestamp}, updated: {from: column, column: at}, freshness: {max_age: 2h}}}\n")
    f = p.json("fresh").expect(1).asset("a")["freshness"]
    same((f["status"], f["produced_at"]), ("fail", "2024-05-09T10:00:00Z"))
    contains(f["warning"], "1 value", "2099")


@test
def a_probe_that_fails_is_unknown_and_3(p):
    p.write("a.csv", "at\nyesterday\n", at=0)
    p.catalog("assets: {a: {path: a.csv, exposed: true, columns: {at: timestamp}, updated: {from: column, column: at}, freshness: {max_age: 2h}}}\n")
    assert p.json("fresh").asset("a")["freshness"]["status"] != "pass"
    p.catalog("assets: {a: {path: a.csv, exposed: true, updated: {from: column, column: att}, freshness: {max_age: 2h}}}\n")
    done = p.json("fresh").expect(3)
    same(done.asset("a")["freshness"]["status"], "unknown")


def chain(p):
    p.catalog(FLOW)
    event(p, "raw/a", "--version", "v1", "--at", "2024-05-10T08:00:00Z")
    event(p, "marts/b", "--version", "b1", "--input", "raw/a@v1", "--at", "2024-05-10T09:00:00Z")
    event(p, "marts/c", "--version", "c1", "--input", "marts/b@b1", "--at", "2024-05-10T10:00:00Z")


@test
def a_newer_input_makes_stale_and_names_the_root(p):
    chain(p)
    same(stale(p, "marts/b", "marts/c"), ["current", "current"])
    event(p, "raw/a", "--version", "v2", "--at", "2024-05-10T11:00:00Z")
    done = p.json("fresh")
    b, c = (done.asset(k)["staleness"] for k in ("marts/b", "marts/c"))
    same([(x["kind"], x["upstream"], x["had"], x["now"]) for x in b["causes"]], [("upstream_newer", "raw/a", "v1", "v2")])
    same([(x["kind"], x["upstream"]) for x in c["causes"]], [("upstream_stale", "marts/b")])
    same((c["root"], c["path"]), ("raw/a", ["raw/a", "marts/b", "marts/c"]))
    event(p, "marts/b", "--version", "b2", "--input", "raw/a@v2", "--at", "2024-05-10T11:30:00Z")
    same(stale(p, "marts/b", "marts/c"), ["current", "stale"])


@test
def an_identical_rebuild_makes_nothing_stale(p):
    chain(p)
    event(p, "raw/a", "--version", "v1", "--at", "2024-05-10T11:00:00Z")
    event(p, "marts/b", "--version", "b1", "--input", "raw/a@v1", "--at", "2024-05-10T11:10:00Z")
    same(stale(p, "marts/b", "marts/c"), ["current", "current"])


@test
def an_identical_file_by_content_makes_nothing_stale(p):
    p.write("a.csv", "x\n1\n", at=7200)
    p.catalog("assets:\n  a: {path: a.csv, version: {from: content}}\n  b: {depends_on: [a], exposed: true}\n")
    p.weir("fresh", now="2024-05-10T10:30:00Z").expect(0)  # so that it is known what b was made of
    event(p, "b", "--input", "a", "--at", "2024-05-10T11:00:00Z")
    same(stale(p, "b"), ["current"])
    p.write("a.csv", "x\n1\n", at=600)
    same(stale(p, "b"), ["current"])
    p.write("a.csv", "x\n2\n", at=300)
    same(stale(p, "b"), ["stale"])


@test
def code_and_inputs_that_changed_make_stale(p):
    p.catalog("assets: {a: {exposed: true}, n: {exposed: true}, b: {depends_on: [a], code_version: c1, exposed: true}}\n")
    event(p, "a", "--version", "1", "--at", "2024-05-10T08:00:00Z")
    event(p, "n", "--version", "1", "--at", "2024-05-10T08:00:00Z")
    event(p, "b", "--input", "a@1", "--code-version", "c1", "--at", "2024-05-10T09:00:00Z")
    same(stale(p, "b"), ["current"])
    p.catalog("assets: {a: {exposed: true}, n: {exposed: true}, b: {depends_on: [a], code_version: c2, exposed: true}}\n")
    same([c["kind"] for c in p.json("fresh").asset("b")["staleness"]["causes"]], ["code_changed"])
    p.catalog("assets: {a: {exposed: true}, n: {exposed: true}, b: {depends_on: [a, n], code_version: c1, exposed: true}}\n")
    same([(c["kind"], c["upstream"]) for c in p.json("fresh").asset("b")["staleness"]["causes"]], [("input_added", "n")])
    p.catalog("assets: {a: {exposed: true}, n: {exposed: true}, b: {depends_on: [n], code_version: c1, exposed: true}}\n")
    same(sorted((c["kind"], c["upstream"]) for c in p.json("fresh").asset("b")["staleness"]["causes"]),
         [("input_added", "n"), ("input_removed", "a")])


DAILY = """assets:
  raw/d:
    path: "d/{day:%Y-%m-%d}.csv"
    exposed: true
    partitions: {day: {every: day, from: 2024-05-01, closes_after: 2h}}
    freshness: {max_age: 26h}
    checks: [not_null: x]
"""


def days(p, *numbers, at=3600):
    for n in numbers:
        p.write("d/2024-05-%02d.csv" % n, "x\n%d\n" % n, at=at)


@test
def a_missing_closed_partition_is_named(p):
    p.catalog(DAILY)
    days(p, 1, 2, 3, 4, 6, 7, 8, 9)
    done = p.json("fresh")
    contains(done.out, "2024-05-05")
    days(p, 5)
    assert "2024-05-05" not in p.json("fresh").expect(0).asset("raw/d")["freshness"]["evidence"]


@test
def a_backfill_does_not_freshen(p):
    p.catalog(DAILY)
    days(p, *range(1, 8), at=3 * 86400)
    late = p.json("fresh").expect(1).asset("raw/d")["freshness"]
    same(late["status"], "fail")
    contains(late["evidence"], "2024-05-09")
    days(p, 1, 2, 3, at=60)
    same(p.json("fresh").expect(1).asset("raw/d")["freshness"]["status"], "fail")
    days(p, 10, at=60)  # the day that is not over yet does not stand for yesterday's
    same(p.json("fresh").expect(1).asset("raw/d")["freshness"]["status"], "fail")
    days(p, 8, 9, at=60)
    p.weir("fresh").expect(0)


@test
def a_partition_is_expected_once_it_is_closed(p):
    p.catalog(DAILY)
    days(p, *range(1, 10))
    p.weir("fresh", now="2024-05-10T23:59:00Z").expect(0)
    p.weir("fresh", now="2024-05-11T01:59:59Z").expect(0)
    # May 10th is closed at 2:00 on the 11th; from then on it is due.
    contains(p.json("fresh", now="2024-05-12T04:00:01Z").expect(1).asset("raw/d")["freshness"]["evidence"], "2024-05-1")


@test
def partitions_are_checked_one_by_one(p):
    p.catalog(DAILY)
    days(p, *range(1, 10))
    p.write("d/2024-05-04.csv", "x,y\n,1\n")
    done = p.json("check").expect(1)
    same({a["partition"]: a["outcome"] for a in done.json["assets"]},
         {"2024-05-%02d" % n: "fail" if n == 4 else "pass" for n in range(1, 10)})
    p.weir("check", "--partition", "2024-05-03").expect(0)
    p.weir("check", "--partition", "2024-05-04").expect(1)
    same([a["partition"] for a in p.json("check", "--partition", "2024-05-02..2024-05-04").expect(1).json["assets"]],
         ["2024-05-02", "2024-05-03", "2024-05-04"])
    p.weir("check", "--partition", "2024-05-05..2024-05-09").expect(0)
    same(p.json("check", "--partition", "2024-05-04|eu").expect(2).out, "")
    same(p.json("check", "--partition", "May").expect(2).out, "")
    same(p.json("check", "--partition", "2024-04-30").expect(2).out, "")


@test
def a_partition_in_a_range_that_is_not_there_is_an_error(p):
    p.catalog(DAILY)
    days(p, 1, 3)
    done = p.json("check", "--partition", "2024-05-01..2024-05-03").expect(3)
    same(done.asset("raw/d", "2024-05-02")["outcome"], "error")
    same(done.asset("raw/d", "2024-05-03")["outcome"], "pass")
    p.weir("check", "--partition", "2024-05-02").expect(3)


@test
def events_of_partitions_stand_alone(p):
    p.catalog("assets:\n  e: {exposed: true, partitions: {day: {every: day, from: 2024-05-01}}, freshness: {max_age: 30h}}\n")
    for n in range(1, 10):
        event(p, "e", "--partition", "2024-05-%02d" % n, "--at", "2024-05-10T01:00:00Z")
    p.weir("fresh").expect(0)
    event(p, "e", "--partition", "2024-13-01", status=2)
    p.catalog("assets:\n  e: {exposed: true, partitions: {day: {every: day, from: 2024-05-01}, r: [eu, us]}, freshness: {max_age: 30h}}\n")
    event(p, "e", "--partition", "2024-05-01|eu")
    event(p, "e", "--partition", "2024-05-01|asia", status=2)


@test
def orphans_of_each_kind_and_no_others(p):
    p.write("data/a.csv", "x\n1\n", at=60)
    p.write("data/stray.csv", "x\n1\n")
    p.sqlite("s.db", "CREATE TABLE known (x)", "CREATE TABLE stray (x)")
    p.catalog("""sources: {lake: {url: "file:data"}, shop: {url: "sqlite:s.db"}}
assets:
  raw/a: {source: lake, path: a.csv}
  raw/known: {source: shop, table: known}
  raw/gone: {source: lake, path: gone.csv}
  marts/m: {depends_on: [raw/a, {key: raw/known, columns: [x, nope]}, raw/nowhere, raw/gone], exposed: true}
  marts/idle: {depends_on: [raw/a]}
""")
    event(p, "raw/gone", "--at", "2024-05-10T08:00:00Z")
    got = sorted((o["kind"], o["key"]) for o in p.json("orphans").expect(0).json["orphans"])
    same([g for g in got if g[0] != "dangling"],
         [("unstored", "raw/gone"), ("untracked", "data/stray.csv"), ("untracked", "shop:stray"), ("unused", "marts/idle")])
    dangling = [g[1] for g in got if g[0] == "dangling"]
    same((len(dangling), "raw/nowhere" in dangling), (2, True), str(dangling))
    contains(p.json("orphans").out, "nope")


@test
def status_runs_nothing_and_tells_the_last_state(p):
    p.write("a.csv", "x,y\n,1\n")
    p.catalog("assets: {a: {path: a.csv, checks: [not_null: x]}}\n")
    same(p.json("status").asset("a")["checks"][0]["outcome"], "skipped")
    p.weir("check").expect(1)
    os.unlink(p.path("a.csv"))
    done = p.json("status").expect(1)
    same(done.outcomes()["a:not_null:x"], "fail")


@test
def the_status_after_a_check_knows_when_the_file_was_made(p):
    p.write("a.csv", "x\n1\n", at=3600)
    p.catalog("assets:\n  a: {path: a.csv, freshness: {max_age: 26h}, checks: [not_null: x]}\n")
    p.weir("check").expect(0)
    same(p.json("status").expect(0).asset("a")["freshness"]["status"], "pass")


@test
def a_report_that_cannot_be_stored_is_shown_and_3(p):
    p.write("a.csv", "x\n1\n", at=3600)
    p.catalog("store: s.db\nassets:\n  a: {path: a.csv, checks: [not_null: x]}\n  m: {depends_on: [a]}\n")
    p.weir("check").expect(0)
    p.write("a.csv", "x\n2\n", at=1800)
    # Room for the index of the log, but not for the log itself (512 bytes a block): as on a disk that fills up.
    full = "ulimit -f 64; exec \"$0\" \"$@\""
    done = subprocess.run(["sh", "-c", full, WEIR, "check"], cwd=p.dir, env=p.env, capture_output=True, text=True, check=False)
    same(done.returncode, 3, done.stderr)
    assert "1 passed" in done.stdout or "3 passed" in done.stdout, done.stdout
    assert "cannot store" in done.stderr, done.stderr
    done = subprocess.run(["sh", "-c", full, WEIR, "gate", "m", "--run"], cwd=p.dir, env=p.env, capture_output=True, text=True,
                          check=False)
    same(done.returncode, 1, done.stdout + done.stderr)


@test
def a_state_that_is_removed_under_a_run_is_no_success(p):
    p.write("a.csv", "x\n1\n", at=60)
    p.catalog("assets: {a: {path: a.csv, exposed: true, checks: [not_null: x]}}\n")
    p.weir("check").expect(0)
    p.weir("run", "--now", p.now, "a", "--", "rm", "-rf", ".weir").expect(125, "was removed or replaced while it was in use")
    p.weir("run", "--now", p.now, "a", "--", "true").expect(0)
    # Another one in its place is not the one that was opened.
    p.weir("run", "--now", p.now, "a", "--", "sh", "-c", "cp .weir/state.db s && mv s .weir/state.db").expect(125, "removed or replaced")
