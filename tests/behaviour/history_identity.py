"""What the past of a number is made of: one point a version, none of another number, and the same when it is replayed."""
import os
import random
import shutil
import sqlite3

from history import Days, at, first
from project import contains, same, test
from service import Service


def declared(p, checks, more="", head=""):
    p.catalog(head + "assets:\n  t:\n    path: t.csv\n    allow_empty: true\n" + more + "    checks:\n" + "".join("      - %s\n" % c for c in checks))


def forget(p):
    shutil.rmtree(os.path.join(p.dir, ".weir"), ignore_errors=True)


def many(p, table, n, changed, of):
    """So many copies of the newest row of them."""
    with sqlite3.connect(os.path.join(p.dir, ".weir", "state.db")) as store:
        columns = [c[1] for c in store.execute("PRAGMA table_info(%s)" % table) if c[1] != "seq"]
        store.execute("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO %s (%s) SELECT %s FROM n CROSS JOIN %s WHERE seq ="
                      " (SELECT max(seq) FROM %s WHERE %s)" % (n, table, ", ".join(columns), ", ".join(changed.get(c, c) for c in columns), table, table, of))
    store.close()


@test
def another_filter_under_the_same_name_has_another_past(p):
    """The last good number of a filter says nothing of that of another."""
    d = Days(p, ["{row_count: {}, name: n, where: 'v < 50', fail: '> last_good + 10%'}"])
    for _ in range(3):
        d.run(100)
    declared(p, ["{row_count: {}, name: n, where: 'v < 5', fail: '> last_good + 10%'}"])
    c = first(d.run(90))
    same(c["outcome"], "skipped")
    contains(c["message"], "learning:", "no good run")
    # A bound and white space are no other number.
    declared(p, ["{row_count: {}, name: n, where: ' v < 5', fail: '> last_good + 20%'}"])
    same(first(d.run(90))["outcome"], "pass")


@test
def what_an_own_expectation_means_is_part_of_its_number(p):
    own = "expectations:\n  low:\n    params: {column: column}\n    expr: 'column >= %d'\n"
    checks = ["{change: {of: {low: v}, within: 5}, name: c}"]
    d = Days(p, ["row_count"])
    declared(p, checks, head=own % 10)
    d.run(100)
    same(first(d.run(101))["outcome"], "pass")
    declared(p, checks, head=own % 60)
    c = first(d.run(102))
    same(c["outcome"], "skipped")


@test
def other_rows_of_a_table_are_another_number(p):
    db = sqlite3.connect(os.path.join(p.dir, "t.db"))
    db.execute("CREATE TABLE t (id INTEGER, v INTEGER)")
    text = "sources: {s: {url: 'sqlite:t.db'}}\nassets:\n  t:\n    source: s\n    query: SELECT * FROM t WHERE v < %d\n    checks:\n" \
           "      - {change: {of: row_count, within: 5}, name: c}\n      - {drift: {column: v, against: previous, max: 0.5}, name: d}\n"
    p.catalog(text % 1000)

    def day(i, rows):
        db.execute("DELETE FROM t")
        db.executemany("INSERT INTO t VALUES (?, ?)", [(k, k + i) for k in range(rows)])
        db.commit()
        p.now = at(i)
        return {c["id"]: c["outcome"] for c in p.json("check").asset("t")["checks"] if not c["implicit"]}

    day(0, 100)
    same(day(1, 101), {"t:c": "pass", "t:d": "pass"})
    p.catalog(text % 50)
    same(day(2, 102), {"t:c": "skipped", "t:d": "skipped"})
    db.execute("UPDATE t SET v = 49 WHERE v = 48")
    same(day(3, 103), {"t:c": "pass", "t:d": "pass"})
    db.close()


@test
def a_schema_that_changes_under_the_same_version_is_told(p):
    """The version of a column or a query need not change when a column goes."""
    db = sqlite3.connect(os.path.join(p.dir, "t.db"))
    db.execute("CREATE TABLE t (id INTEGER, v INTEGER, w TEXT)")
    db.execute("INSERT INTO t VALUES (1, 2, 'x')")
    db.commit()
    for version in ("{from: column, column: id}", "{from: query, query: SELECT 1}"):
        p.catalog("sources: {s: {url: 'sqlite:t.db'}}\nassets:\n  t:\n    source: s\n    table: t\n    version: %s\n    checks:\n"
                  "      - {schema_change: {against: last}, name: last}\n      - {schema_change: {against: last_good}, name: good}\n" % version)
        forget(p)

        def look(i, args=()):
            p.now = at(i)
            return {c["id"]: c["outcome"] for c in p.json("check", *args).asset("t")["checks"] if not c["implicit"]}

        same(look(0), {"t:last": "pass", "t:good": "pass"})
        same(look(1), {"t:last": "pass", "t:good": "pass"})
        with Service(p, now=at(2)) as s:
            server = ("--server", s.address)
            db.execute("ALTER TABLE t RENAME COLUMN w TO x")
            db.commit()
            for _ in range(2):
                same(look(2, server), {"t:last": "fail", "t:good": "fail"}, version)
        for i in (3, 4):
            same(look(i), {"t:last": "fail", "t:good": "fail"}, version)
        db.execute("ALTER TABLE t RENAME COLUMN x TO w")
        db.commit()
        same(look(5), {"t:last": "fail", "t:good": "pass"}, version)
    db.close()


@test
def a_name_that_was_another_checks_has_no_past_as_a_schema(p):
    p.write("t.csv", "id,v\n1,2\n")
    declared(p, ["{distinct_values_in_set: {column: id, values: [1, 2]}, name: x}"])
    p.now = at(0)
    p.json("check")
    declared(p, ["{schema_change: {}, name: x}"])
    for i in (1, 2):
        p.write("t.csv", "id,v\n1,%d\n" % i)
        p.now = at(i)
        same(first(p.json("check").expect(0))["outcome"], "pass")


def fails_for_months(p):
    """A column is lost, longer than results are kept."""
    for i in (10, 50, 90, 130):
        p.write("t.csv", "id,v\n" + "1,2\n" * i)
        p.now = at(i)
        same(first(p.json("check").expect(1))["outcome"], "fail")
        p.weir("store", "prune", "--now", at(i)).expect(0)


@test
def the_last_good_schema_outlives_what_failed_since(p):
    """After the time that results are kept the last good one is still what is compared with."""
    text = "retention: {results: 30d}\n"
    declared(p, ["{schema_change: {against: last_good}, name: s}"], head=text)
    p.write("t.csv", "id,v,w\n1,2,3\n")
    p.now = at(0)
    p.json("check").expect(0)
    fails_for_months(p)


@test
def what_is_learning_teaches_whatever_is_said_of_it(p):
    for how in ("fail", "warn", "pass", "skipped", "error"):
        d = Days(p, ["{anomaly: {of: row_count, min_history: 3, learning: %s}, name: %s}" % (how, how)])
        d.day = {"fail": 0, "warn": 20, "pass": 40, "skipped": 60, "error": 80}[how]
        # A number of its own.
        declared(p, ["{anomaly: {of: {not_null: v}, min_history: 3, learning: %s}, name: a, where: '1 < %d'}" % (how, d.day + 2)])
        got = [first(d.run(100 + i))["outcome"] for i in range(6)]
        same(got, [how] * 3 + ["pass"] * 3, how)


@test
def many_looks_at_one_version_leave_room_for_the_versions_before(p):
    """An hourly look at what comes once a month must not learn for ever."""
    d = Days(p, ["{anomaly: {of: row_count, min_history: 5}, name: a}", "{row_count: {min: 1}, name: rows}"])
    for i in range(6):
        d.run(100 + i)
    many(p, "metric", 3000, {"run": "'r' || n.i", "at_us": "at_us + n.i"}, "name = 't:rows'")
    c = first(d.run(103))
    same((c["outcome"], c["result"]["details"]["points"]), ("pass", 6))
    same(first(d.run(900))["outcome"], "fail")


@test
def an_old_partition_is_compared_with_those_before_it(p):
    """However many there are after it."""
    p.catalog("""assets:
  t:
    path: "t-{date:%Y-%m-%d}.csv"
    partitions: {date: {every: day, from: 2020-01-01}}
    checks:
      - {change: {of: row_count, within: 5}, name: c}
      - {drift: {column: id, against: previous, max: 0.1}, name: d}
""")
    for i in (1, 2, 3):
        p.write("t-2020-01-%02d.csv" % i, "id\n" + "".join("%d\n" % k for k in range(10)))
    p.now = "2024-01-20T00:00:00Z"
    p.json("check")
    for table, of in (("metric", "name = 't:c' AND partition = '2020-01-03'"), ("sketch", "partition = '2020-01-03'")):
        many(p, table, 1200, {"run": "'r' || n.i", "partition": "date('2020-02-01', '+' || n.i || ' days')"}, of)
    p.write("t-2020-01-03.csv", "id\n" + "".join("%d\n" % (k % 3) for k in range(30)))
    got = {c["id"]: c["outcome"] for c in p.json("check", "--partition", "2020-01-03").asset("t", "2020-01-03")["checks"] if not c["implicit"]}
    same(got, {"t:c": "fail", "t:d": "fail"})
    # All of them, replayed: quickly, too.
    p.json("backtest", "check:c").expect(0)


@test
def since_without_a_zone_is_a_day_of_the_project(p):
    for since, points in (("2024-01-05", 3), ("2024-01-05T00:00:00Z", 2), ("2024-01-05T00:00:00+09:00", 3)):
        forget(p)
        d = Days(p, ["row_count"])
        # At 20:00 UTC, which is five in the morning of the day after.
        for i in range(6):
            d.day = i
            p.write("t.csv", "id,v\n" + "1,2\n" * (10 + i))
            p.now = "2024-01-%02dT20:00:00Z" % (i + 1)
            p.json("check")
        declared(p, ["{anomaly: {of: row_count, min_history: 2, since: '%s'}, name: a}" % since], head="timezone: Asia/Seoul\n")
        p.write("t.csv", "id,v\n" + "1,2\n" * 13)
        p.now = "2024-01-07T20:00:00Z"
        same(first(p.json("check"))["result"]["details"]["points"], points, since)


@test
def numbers_too_great_to_be_compared_are_an_error(p):
    """No bound is past what is no number, and a replay goes on behind it."""
    d = Days(p, ["{anomaly: {of: {mean: v}, min_history: 2}, warn: '> 3', fail: '> 6', name: a}", "{change: {of: {mean: v}, within: 5}, name: c}"])
    for v in ([1.7e308], [-1.7e308], [1.7e308 - 1e300]):
        done = d.run(v)
    same({c["id"]: c["outcome"] for c in done.expect(3).asset("t")["checks"] if not c["implicit"]}, {"t:a": "error", "t:c": "error"})
    contains(first(done)["message"], "too great to be compared")
    d.run([1.0])
    same([x["outcome"] for x in p.json("backtest", "check:c").expect(0).json["backtests"][0]["points"]], ["skipped", "error", "fail"])


@test
def a_replay_says_what_was_said_live(p):
    """Random histories, day by day: versions that come again, clocks that are set back, numbers that other checks found fault with."""
    for seed in (1, 2, 3):
        forget(p)
        r = random.Random(seed)
        checks = ["{anomaly: {of: row_count, min_history: 3, seasonal: %s}, name: a}" % r.choice(["none", "weekday"]),
                  "{change: {of: row_count, against: 'average(3)', within_percent: 30}, name: c}",
                  "{change: {of: {mean: v}, against: last_good, within: 4}, name: m}",
                  "{change: {of: row_count, against: same_weekday, within_percent: 40, exclude: own}, name: w, severity: warning}",
                  "{row_count: {max: 130}, name: rows, severity: warning}", "{sum: {column: v, max: 6500}, name: other}"]
        if seed == 3:
            checks = [c.replace(", severity: warning", "")[:-1] + ", severity: warning}" for c in checks]
        declared(p, checks, "    version: {from: content}\n")
        live, day, last, again, distinct = {}, 0, None, False, []
        for _ in range(28):
            # A clock is set back, but not behind a second look, of which only the last is on record for a replay, and not where incidents count.
            day += 2 if again else r.choice([1, 1, 1, 1, 2, 1 if seed < 3 else -1])
            rows = r.choice([100, 101, 102, 103, 99, 140, 60, 100 + r.randrange(30)])
            if r.random() < 0.1 and last:
                rows = r.choice(distinct)
            p.write("t.csv", "id,v\n" + "".join("%d,%d\n" % (i, i) for i in range(rows)))
            p.now = at(day, r.randrange(20))
            got = p.json("check").asset("t")["checks"]
            again = rows == last
            if again:
                for v in live.values():
                    v.pop()
            last = rows
            distinct.append(rows)
            for c in got:
                if not c["implicit"] and c["id"] in ("t:a", "t:c", "t:m", "t:w"):
                    live.setdefault(c["id"], []).append((c["outcome"], c["message"]))
        done = p.json("backtest", "--now", at(200)).json["backtests"]
        for b in done:
            if b["id"] in live:
                same([(x["outcome"], x["message"]) for x in b["points"]], live[b["id"]], (seed, b["id"]))
        assert any(o in ("fail", "warn") for v in live.values() for o, _ in v) and any(o == "pass" for v in live.values() for o, _ in v)

@test
def an_edit_of_the_check_does_not_forget_the_last_good_schema(p):
    """The last good verdict was given under another identity, and is what is compared with all the same."""
    text = "retention: {results: 30d}\n"
    declared(p, ["{schema_change: {against: last_good}, name: s}"], head=text)
    p.write("t.csv", "id,v,w\n1,2,3\n")
    p.now = at(0)
    p.json("check").expect(0)
    declared(p, ["{schema_change: {against: last_good, allow: [added, moved, widened]}, name: s}"], head=text)
    fails_for_months(p)


@test
def the_last_good_schema_outlives_what_failed_under_the_same_version(p):
    """A version that a query tells may stay the same for ever."""
    db = sqlite3.connect(os.path.join(p.dir, "t.db"))
    db.execute("CREATE TABLE t (id INTEGER, w TEXT)")
    db.execute("INSERT INTO t VALUES (1, 'x')")
    db.commit()
    p.catalog("retention: {results: 30d}\nsources: {s: {url: 'sqlite:t.db'}}\nassets:\n  t:\n    source: s\n    table: t\n"
              "    version: {from: query, query: SELECT 1}\n    checks:\n      - {schema_change: {against: last_good}, name: s}\n")
    p.now = at(0)
    p.json("check").expect(0)
    db.execute("ALTER TABLE t RENAME COLUMN w TO x")
    db.commit()
    for i in (10, 50, 90):
        p.now = at(i)
        same(first(p.json("check").expect(1))["outcome"], "fail")
        p.weir("store", "prune", "--now", at(i)).expect(0)
    db.close()


@test
def two_that_learn_do_not_keep_each_other_from_it(p):
    """Each fails while it learns, which is no trouble with the data."""
    for how in ("fail", "error"):
        forget(p)
        d = Days(p, ["{anomaly: {of: row_count, min_history: 3, learning: %s}, name: a}" % how, "{anomaly: {of: {mean: v}, min_history: 3, learning: %s}, name: b}" % how])
        got = []
        for i in range(6):
            done = d.run(100 + i)
            got.append([c["outcome"] for c in done.asset("t")["checks"] if not c["implicit"]])
        same(got, [[how] * 2] * 3 + [["pass"] * 2] * 3, how)


@test
def the_last_good_number_outlives_what_failed_since(p):
    """Also where the only one is of before there was one to compare with: what has failed all the time must not become what is usual."""
    checks = ["{row_count: {}, fail: '> last_good + 10%', name: n}", "{change: {of: row_count, against: last_good, within_percent: 10}, name: n}"]
    for check, good in ((checks[0], 1), (checks[0], 2), (checks[1], 1), (checks[1], 2)):
        forget(p)
        d = Days(p, [])
        declared(p, [check], head="retention: {results: 30d, metrics: 30d}\n")
        for i in range(good):
            d.run(100 + i)
        for i in (10, 50, 90, 130):
            d.day = i - 1
            same(first(d.run(200 + i))["outcome"], "fail", (check, good, i))
            p.weir("store", "prune", "--now", at(i)).expect(0)


@test
def the_last_good_distribution_outlives_what_failed_since(p):
    d = Days(p, [])
    declared(p, ["{drift: {column: v, against: last_good, max: 0.2}, name: d}"], head="retention: {results: 30d, metrics: 30d}\n")
    for i in range(2):
        d.run(100)
    for i in (10, 50, 90, 130):
        d.day = i - 1
        same(first(d.run([1000 + k for k in range(100)]))["outcome"], "fail", i)
        p.weir("store", "prune", "--now", at(i)).expect(0)
