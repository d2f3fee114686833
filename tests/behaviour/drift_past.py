"""Drift of a column from what it was before: from what runs kept of it, compared with the formulas on all of the data."""
import contextlib
import datetime
import json
import math
import random
import sqlite3
from collections import Counter

from history_service import copy_of, three_ways
from project import contains, same, test
from service import Service
from service_work import run

DAY0 = datetime.datetime(2024, 1, 1, 6, tzinfo=datetime.timezone.utc)
SHARE = 500  # of the values, that a point of a summary stands for


def at(day):
    return (DAY0 + datetime.timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%SZ")


def catalog(p, checks, kind="number", more=""):
    p.catalog("service: {probe_every: off}\nassets:\n  t:\n    path: data/t.csv\n    exposed: true\n    version: {from: content}\n    columns: {v: %s}\n%s    checks:\n" % (kind, more) +
              "".join("      - {drift: {column: v, %s}, name: %s%s}\n" % (c, name, beside) for name, c, beside in checks))


def look(p, day, values, *args):
    p.now = at(day)
    p.write("data/t.csv", "v,w\n" + "".join("%s,1\n" % ("" if v is None else repr(v) if isinstance(v, float) else v) for v in values))
    done = p.json("check", *args)
    return {c["id"].partition(":")[2]: c for c in done.json["assets"][0]["checks"] if not c["implicit"]}


def sketches(p):
    with contextlib.closing(sqlite3.connect(p.path(".weir/state.db"))) as db:
        return [(name, version, json.loads(body)) for name, version, body in db.execute("SELECT name, version, body FROM sketch ORDER BY seq")]


def cdf(values, x):
    return sum(v <= x for v in values) / len(values)


def ks(a, b):
    a, b = sorted(a), sorted(b)
    best = i = j = 0
    for x in sorted(set(a) | set(b)):
        while i < len(a) and a[i] <= x:
            i += 1
        while j < len(b) and b[j] <= x:
            j += 1
        best = max(best, abs(i / len(a) - j / len(b)))
    return best


def wasserstein(a, b):
    a, b = sorted(a), sorted(b)
    xs = sorted(set(a) | set(b))
    total = i = j = 0
    for x, y in zip(xs, xs[1:]):
        while i < len(a) and a[i] <= x:
            i += 1
        while j < len(b) and b[j] <= x:
            j += 1
        total += abs(i / len(a) - j / len(b)) * (y - x)
    return total


def psi(a, b):
    return sum((x - y) * math.log(x / y) for x, y in zip([max(n, .5) / sum(a) for n in a], [max(n, .5) / sum(b) for n in b]))


def near(got, want, bound=0.0):
    assert abs(got - want) <= bound + 1e-9 * max(1, abs(want)), (got, want, bound)


ALL = [("ks", "against: previous, method: ks, max: 2", ""), ("w", "against: previous, method: wasserstein, max: 1e300", ""), ("psi", "against: previous, max: 1e300", ""),
       ("chi", "against: previous, method: chi_square, max: 1e300", "")]


@test
def the_first_run_learns_and_the_next_is_compared_with_it(p):
    catalog(p, [("d", "against: previous, method: ks, max: 0.3", ""), ("good", "against: last_good, method: ks, max: 0.3", "")])
    got = look(p, 0, [1.0, 2.0, 3.0, 4.0])
    same([(c["outcome"], c["message"]) for c in got.values()], [("skipped", "learning: there is no baseline (previous) yet"), ("skipped", "learning: there is no baseline (last_good) yet")])
    # The same data again is still no other data.
    same([c["outcome"] for c in look(p, 1, [1.0, 2.0, 3.0, 4.0]).values()], ["skipped", "skipped"])
    got = look(p, 2, [1.0, 2.0, 3.0, 4.0, 4.0])
    same([c["outcome"] for c in got.values()], ["pass", "pass"])
    near(got["d"]["result"]["observed_value"], 0.15)
    baseline = got["d"]["result"]["details"]["baseline"]
    same((baseline["exact"], baseline["points"], baseline["at"]), (True, 4, at(1)))
    same(got["d"]["result"]["details"]["error_bound"], 0.0)
    bad = [10.0, 20.0]
    same([c["outcome"] for c in look(p, 3, bad).values()], ["fail", "fail"])
    # The one before was bad: who goes by the last good one knows nothing of it.
    got = look(p, 4, [10.0, 20.0, 20.0])
    same({k: c["outcome"] for k, c in got.items()}, {"d": "pass", "good": "fail"})
    same(got["good"]["result"]["details"]["baseline"]["at"], at(2))
    same(len(sketches(p)), 4)


@test
def few_values_are_kept_exactly_and_many_within_the_bound_that_is_told(p):
    r = random.Random(5)
    samples = [([r.choice([1.5, 2.5, 7.0]) for _ in range(300)], [r.choice([1.5, 2.5, 9.0]) for _ in range(200)]),
               ([r.gauss(0, 1) for _ in range(5000)], [r.gauss(.2, 1.1) for _ in range(4000)]),
               ([r.expovariate(1) ** 3 for _ in range(3000)], [r.expovariate(1.3) ** 3 for _ in range(3000)]),
               ([float(r.randrange(10)) if r.random() < .5 else r.random() * 10 for _ in range(4000)], [float(r.randrange(10)) if r.random() < .4 else r.random() * 11 for _ in range(4000)])]
    catalog(p, ALL)
    for day, (base, here) in enumerate(samples):
        look(p, 2 * day, base)
        kept = sketches(p)[-1][2]
        got = look(p, 2 * day + 1, here)
        exact = len(set(base)) <= SHARE
        same(kept["exact"], exact)
        assert len(kept["points"]) <= 2 * SHARE + 1 and sum(n for _, n in kept["points"]) == len(base), len(kept["points"])
        # What is kept: at each point the distribution is exact, and between two it is off by the error at most.
        below = 0
        for x, n in kept["points"]:
            below += n
            same(below, sum(v <= x for v in base))
        assert kept["error"] < 1 / SHARE + 1e-12 and (kept["error"] > 0) == (not exact), kept["error"]
        bound = got["ks"]["result"]["details"]["error_bound"]
        near(bound, kept["error"])
        near(got["ks"]["result"]["observed_value"], ks(here, base), bound)
        bound = got["w"]["result"]["details"]["error_bound"]
        near(bound, kept["shift"])
        near(got["w"]["result"]["observed_value"], wasserstein(here, base), bound)
        assert exact or bound < wasserstein(here, base), (bound, wasserstein(here, base))
        # Bins: their counts of the baseline are exact, whichever edges there are.
        if not exact:
            points = [x for x, _ in kept["points"]]
            edges = []
            for i in range(1, 10):
                x = next(x for x in points if cdf(base, x) >= i / 10 - 1e-12)
                if x not in edges and x != points[-1]:
                    edges.append(x)
            bins = [[sum(1 for v in values if sum(e < v for e in edges) == k) for k in range(len(edges) + 1)] for values in (here, base)]
            near(got["psi"]["result"]["observed_value"], psi(*bins))
            same(got["psi"]["result"]["details"]["bins"], len(edges) + 1)
            same(got["psi"]["result"]["details"]["binning"], "points of the baseline at or above its quantiles")


@test
def what_may_be_past_the_bound_does_not_pass(p):
    r = random.Random(6)
    base = [r.random() for _ in range(5000)]
    here = [v + .05 for v in base]
    catalog(p, [("d", "against: previous, method: ks, max: 1", "")])
    look(p, 0, base)
    got = look(p, 1, here)["d"]
    d, bound = got["result"]["observed_value"], got["result"]["details"]["error_bound"]
    assert 0 < bound < .01, bound
    for limit, outcome in ((d + 2 * bound, "pass"), (d + bound / 2, "fail"), (d - bound / 2, "fail")):
        p.json("check", "--store", ":memory:")
        catalog(p, [("d", "against: previous, method: ks, max: %r" % limit, "")])
        same(p.json("check").check("t:d")["outcome"], outcome, "max %r" % limit)


@test
def the_most_frequent_categories_are_kept_and_the_rest_is_one(p):
    r = random.Random(7)
    base = ["a"] * 60 + ["b"] * 90 + ["gone"] * 50
    here = ["a"] * 30 + ["b"] * 50 + ["new"] * 20
    checks = [("psi", "against: previous, max: 1e300", "")]
    catalog(p, checks, kind="string")
    look(p, 0, base)
    got = look(p, 1, here)["psi"]
    keys = sorted(set(base) | set(here))
    near(got["result"]["observed_value"], psi([here.count(k) for k in keys], [base.count(k) for k in keys]))
    same(got["result"]["details"]["binning"], "categories")
    base = ["k%04d" % int(abs(r.gauss(0, 300))) for _ in range(9000)]
    here = ["k%04d" % int(abs(r.gauss(20, 300))) for _ in range(8000)]
    look(p, 2, base)
    got = look(p, 3, here)["psi"]
    by = Counter(base)
    kept = sorted(sorted(by), key=lambda k: -by[k])[:SHARE]
    assert len(by) > SHARE, len(by)
    row = [[values.count(k) for k in kept] for values in (here, base)]
    row = [counts + [len(values) - sum(counts)] for counts, values in zip(row, (here, base))]
    near(got["result"]["observed_value"], psi(*row))
    contains(got["result"]["details"]["binning"], "and the rest")


@test
def a_version_and_a_day_are_found(p):
    checks = [("days", "against: {days_ago: 3}, method: ks, max: 0.1", "")]
    catalog(p, checks)
    versions = []
    for day in range(5):
        got = look(p, day, [float(day)] * 4)["days"]
        same(got["outcome"], "skipped" if day < 3 else "fail", day)
        versions.append(sketches(p)[-1][1])
        if day >= 3:
            same(got["result"]["details"]["baseline"]["at"], at(day - 3))
            near(got["result"]["observed_value"], 1)
    catalog(p, [("that", "against: {version: %s}, method: ks, max: 0.1" % versions[1], ""), ("none", "against: {version: gone}, method: ks, max: 0.1", "")])
    got = look(p, 6, [1.0] * 9)
    same((got["that"]["outcome"], got["none"]["outcome"]), ("pass", "error"))
    same(got["that"]["result"]["details"]["baseline"]["version"], versions[1])
    contains(got["none"]["message"], "in version gone is not on record")


@test
def partitions_are_compared_with_the_one_before_them(p):
    p.catalog("service: {probe_every: off}\nassets:\n  t:\n    path: \"data/{date:%Y-%m-%d}.csv\"\n    exposed: true\n    version: {from: content}\n"
              "    partitions: {date: {every: day, from: 2024-01-01}}\n    checks:\n"
              "      - {drift: {column: v, against: previous, method: wasserstein, max: 3}, name: before}\n"
              "      - {drift: {column: v, against: {days_ago: 3}, method: wasserstein, max: 4}, name: days}\n")
    for day in range(1, 7):
        p.write("data/2024-01-%02d.csv" % day, "v\n" + "%d\n" % (2 * day) * 5)
        p.now = at(day)
        got = p.json("check", "--partition", "2024-01-%02d" % day).json["assets"][0]["checks"]
        same([c["outcome"] for c in got[:2]], ["skipped" if day == 1 else "pass", "skipped" if day < 4 else "fail"], day)
    p.write("data/2024-01-08.csv", "v\n" + "20\n" * 5)
    p.now = at(8)
    _, local = three_ways(p)
    same(local[("t:before", "2024-01-08")]["result"]["observed_value"], 8.0)
    same(local[("t:days", "2024-01-08")]["result"]["observed_value"], 10.0)
    three_ways(p, "--partition", "2024-01-08", partition="2024-01-08")


@test
def partitions_of_another_region_do_not_crowd_out_the_past(p):
    p.catalog("service: {probe_every: off}\nassets:\n  t:\n    path: \"data/{region}-{date:%Y-%m-%d}.csv\"\n    exposed: true\n    version: {from: content}\n"
              "    partitions: {region: [a, b], date: {every: day, from: 2019-01-01}}\n    checks:\n"
              "      - {drift: {column: v, against: previous, method: wasserstein, max: 3}, name: drift}\n      - {change: {of: row_count, max: 0}, name: change}\n")
    p.write("data/a-2024-01-01.csv", "v\n" + "1\n" * 5)
    p.now = at(1)
    p.json("check")
    with contextlib.closing(sqlite3.connect(p.path(".weir/state.db"))) as db:
        for table in ("metric", "sketch"):
            names = [c[1] for c in db.execute("PRAGMA table_info(%s)" % table) if c[1] not in ("seq", "partition")]
            for day in range(1500):
                db.execute("INSERT INTO %s (partition, %s) SELECT 'b|' || date('2019-01-01', '+%d days'), %s FROM %s WHERE partition = 'a|2024-01-01'" % (
                    table, ", ".join(names), day, ", ".join(names), table))
        db.commit()
    p.write("data/a-2024-01-02.csv", "v\n" + "9\n" * 6)
    p.now = at(2)
    _, local = three_ways(p, "--partition", "a|2024-01-02", partition="a|2024-01-02")
    same(local[("t:drift", "a|2024-01-02")]["result"]["observed_value"], 8.0)
    same([local[("t:" + c, "a|2024-01-02")]["outcome"] for c in ("drift", "change")], ["fail", "fail"])


@test
def drift_from_the_past_is_the_same_wherever_it_is_judged(p):
    r = random.Random(8)
    checks = ALL + [("good", "against: last_good, method: ks, max: 0.05", ""), ("some", "against: last_good, max: 9, bins: 4", ", where: v > 0"), ("days", "against: {days_ago: 2}, max: 9", "")]
    catalog(p, checks)
    for day in range(4):
        look(p, day, [r.gauss(day / 10, 1) for _ in range(900)])
    p.now = at(5)
    p.write("data/t.csv", "v,w\n" + "".join("%r,1\n" % r.gauss(1, 1) for _ in range(700)))
    outcomes, _ = three_ways(p)
    same((outcomes["good"], outcomes["some"]), ("fail", "pass"))
    # And so is what is kept for the next time.
    with copy_of(p) as here:
        here.json("check")
        kept = sketches(here)
    with copy_of(p) as far, copy_of(p, ".weir") as client, Service(far, now=p.now) as s:
        client.json("check", "--server", s.address, "--result-format", "BOOLEAN_ONLY")
        same(sketches(far), kept)
    with copy_of(p) as there, Service(there, now=p.now) as s:
        run(s, "t")
        same(sketches(there), kept)
    same(sorted({name.partition(":")[0] for name, _, _ in kept}), ["v"])
    same(len({name for name, _, _ in kept}), 2)


@test
def baselines_that_cannot_be_are_refused(p):
    for against, words in (("{version: }", "needs a value"), ("{days_ago: 0}", "from 1 to"), ("{days_ago: x}", "from 1 to"), ("{day: 3}", "{version: V} or {days_ago: N}"),
                           ("{version: a, days_ago: 3}", "{version: V} or {days_ago: N}"), ("lastgood", "no asset 'lastgood'")):
        catalog(p, [("d", "against: %s, max: 1" % against, "")])
        contains(p.weir("validate").expect(2).err, words)
    catalog(p, [("d", "against: previous, max: 1", "")], kind="{type: number, pii: true}")
    contains(p.weir("validate").expect(2).err, "is pii, and its distribution would keep values of it")
    catalog(p, [("d", "against: previous, max: 1", ", by: w")])
    got = look(p, 0, [1.0, 2.0])["d"]
    same(got["outcome"], "error")
    contains(got["message"], "not on record")
    # An asset of that name is meant before the word.
    p.write("more.csv", "v\n1.0\n")
    p.catalog("assets:\n  previous: {path: more.csv, exposed: true}\n  t: {path: data/t.csv, exposed: true, checks: [{drift: {column: v, against: previous, method: ks, max: 1}, name: d}]}\n")
    same(p.json("check", "t").check("t:d")["outcome"], "pass")


@test
def distributions_go_when_metrics_go(p):
    catalog(p, [("d", "against: previous, method: ks, max: 1", "")])
    for day in range(3):
        look(p, day, [float(day)] * 3)
    same(len(sketches(p)), 3)
    p.weir("store", "prune", "--now", at(802)).expect(0)
    same(len(sketches(p)), 1)
