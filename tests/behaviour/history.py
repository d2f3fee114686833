"""Checks on the past of numbers, over simulated days: change, anomaly, what is left out of a baseline, partitions."""
import datetime
import json
import random
import statistics as st

from project import contains, same, test

DAY0 = datetime.datetime(2024, 1, 1, 6, tzinfo=datetime.timezone.utc)  # a Monday


def at(day, hour=0):
    return (DAY0 + datetime.timedelta(days=day, hours=hour)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Days:
    """A file that is written anew each day, and checked then."""

    def __init__(self, p, checks, asset=""):
        self.p, self.day = p, -1
        text = "assets:\n  t:\n    path: t.csv\n    allow_empty: true\n" + asset + "    checks:\n" + "".join("      - %s\n" % c for c in checks)
        p.catalog(text)

    def run(self, rows, *args, days=1, name="t.csv"):
        """Rows: how many, or the values of column v."""
        self.day += days
        values = range(rows) if isinstance(rows, int) else rows
        self.p.write(name, "id,v\n" + "".join("%d,%r\n" % (i, v) for i, v in enumerate(values)))
        return self.again(*args)

    def again(self, *args):
        self.p.now = at(self.day)
        return self.p.json("check", *args)

    def outcome(self, rows, *args, **more):
        done = self.run(rows, *args, **more)
        return [c["outcome"] for c in done.json["assets"][0]["checks"] if not c["implicit"]][0]


def first(done):
    return done.json["assets"][0]["checks"][0]


@test
def a_change_is_against_the_point_before(p):
    d = Days(p, ["change: {of: row_count, within_percent: 20}"])
    c = first(d.run(100))
    same((c["id"], c["outcome"]), ("t:change:row_count", "skipped"))
    contains(c["message"], "learning: 0 of 1")
    c = first(d.run(110))
    same(c["outcome"], "pass")
    same(c["result"]["details"], {"baseline": 100.0, "change": 10.0, "change_percent": 10.0, "points": 1, "left_out": 0})
    same(c["result"]["observed_value"], 110.0)
    done = d.run(200)
    same((first(done)["outcome"], done.status), ("fail", 1))
    # `previous` is the one before, whatever was said of it.
    same(d.outcome(210), "pass")
    same(d.outcome(150), "fail")


@test
def looking_again_at_the_same_data_compares_it_with_the_same(p):
    d = Days(p, ["change: {of: row_count, within_percent: 20}"])
    d.run(100)
    for _ in range(3):
        same(first(d.again())["outcome"], "skipped")
    same(d.outcome(300), "fail")
    for _ in range(3):
        same(first(d.again())["outcome"], "fail")
        same(first(d.again())["result"]["details"]["baseline"], 100.0)


@test
def the_history_outlives_bounds_and_names(p):
    d = Days(p, ["row_count: {min: 1}"])
    d.run(100)
    d = Days(p, ["row_count: {min: 5, max: 5000}"])
    d.day = 0
    d.run(120)
    p.catalog("assets:\n  t:\n    path: t.csv\n    checks:\n      - {change: {of: row_count, against: average(2), max: 20}, name: grows}\n")
    c = first(d.run(131))
    same((c["id"], c["outcome"], c["result"]["details"]["baseline"]), ("t:grows", "fail", 110.0))
    p.catalog("assets:\n  t:\n    path: t.csv\n    checks:\n      - {change: {of: row_count, against: average(2), max: 21}, name: grows}\n")
    same(first(d.again())["outcome"], "pass")


@test
def baselines_of_changes(p):
    checks = ["{change: {of: {mean: v}, against: '%s'}, name: '%s', fail: '!= 0'}" % (a, a) for a in
              ("previous", "last_good", "average(3)", "median(3)", "min(3)", "max(3)")]
    d = Days(p, checks + ["{mean: {column: v, max: 50}, name: bound, severity: warning}"])
    for mean in (10.0, 16.0, 13.0, 100.0):
        d.run([mean])
    # The last one is over its bound, so only `previous` sees it.
    got = {c["id"].split(":", 1)[1]: c["result"].get("details", {}).get("baseline") for c in d.run([14.0]).json["assets"][0]["checks"] if not c["implicit"]}
    same(got["previous"], 100.0)
    # All checks on this number that failed flag it: with `!= 0` most points are flagged.
    same(got["bound"] if "bound" in got else None, None)


@test
def the_same_weekday_is_a_week_ago(p):
    d = Days(p, ["change: {of: row_count, against: same_weekday, within_percent: 5, exclude: none}"])
    for i in range(7):
        same(d.outcome(1000 if i < 5 else 100), "skipped")
    for i in range(14):
        same(d.outcome(1010 if i % 7 < 5 else 103), "pass")
    same(d.outcome(103), "fail")


@test
def thresholds_of_changes_are_numbers_or_percentages(p):
    d = Days(p, ["{change: {of: row_count}, warn: \"not between -10% and 10%\", fail: \"not between -50% and 50%\"}"])
    d.run(100)
    same(d.outcome(105), "pass")
    same(d.outcome(130), "warn")
    same(d.outcome(20), "fail")
    d.run([])
    same(d.outcome(1), "fail")  # from 0: more than any percentage
    d = Days(p, ["{change: {of: row_count}, fail: '< -5'}"])
    d.day = 20
    d.run(50)
    same(d.outcome(45), "pass")
    same(d.outcome(39), "fail")


@test
def bounds_from_the_past_mean_the_same_of_negative_numbers(p):
    d = Days(p, ["within_past: {of: {mean: v}, min: 0.9 * average(2), strict_min: true, exclude: none}",
                 "within_past: {of: {mean: v}, max: max(2) - min(2) + previous, exclude: none}",
                 "within_past: {of: {mean: v}, min: (median(2) - stdev(2)) * 1, max: sum(2) / 2 + 100, exclude: none}",
                 "within_past: {of: {mean: v}, min: -9, max: 0.5 * average(1), outside: true, exclude: none}"])

    def says():
        return [c["outcome"] for c in done.json["assets"][0]["checks"] if not c["implicit"]]

    done = d.run([-10.0])
    same(says(), ["skipped"] * 4)
    done = d.run([-12.0])  # of one point nothing but the last is known: not from -9 to -5
    same(says(), ["skipped"] * 3 + ["pass"])
    done = d.run([-10.0])  # above -9.9? at most 2 - 12? from -11 - sqrt 2 to 89? not from -9 to -6?
    same(says(), ["fail", "pass", "pass", "pass"])
    done = d.run([-6.0])  # above -9.9, at most 2 - 10, from -11 - sqrt 2 to 89, not from -9 to -5
    same(says(), ["pass", "fail", "pass", "fail"])
    c = done.json["assets"][0]["checks"][0]
    assert abs(c["result"]["details"]["min"] + 9.9) < 1e-12, c
    contains(c["message"], "above -9.9 (0.9 * average(2))")


@test
def a_bound_that_is_no_number_is_an_error(p):
    d = Days(p, ["within_past: {of: row_count, min: (previous - previous) / (previous - previous)}"])
    d.run(5)
    same(d.outcome(5 + 1), "error")
    d = Days(p, ["within_past: {of: row_count, max: average(1) / (previous - previous)}"])
    d.day = 9
    same(d.outcome(7), "error")
    for bound, word in (("min: 5", "asks for nothing of the past"), ("min: avrage(3)", "average, median"), ("max: average(0)", "1 to 1000"), ("max: stdev(1)", "2 to 1000"),
                        ("min: 2 * (average(3)", "a ) is missing"), ("max: average(3) 5", "no arithmetic"), ("strict_min: true", "no bound"), ("min: average", "in parentheses")):
        p.catalog("assets:\n  t:\n    path: t.csv\n    checks:\n      - within_past: {of: row_count, %s}\n" % bound)
        p.weir("check", "t").expect(2, word)


@test
def ratios_of_changes_have_signs(p):
    d = Days(p, ["change: {of: {mean: v}, min_ratio: 0.5, max_ratio: 2, exclude: none}"])
    d.run([-10.0])
    same(d.outcome([-6.0]), "pass")
    same(d.outcome([-2.0]), "fail")   # a third
    same(d.outcome([-5.0]), "fail")   # two and a half times
    same(d.outcome([5.0]), "fail")
    same(d.outcome([10.0]), "pass")


@test
def mistakes_are_told_before_anything_runs(p):
    for check, word in (("change: {of: row_cuont}", "did you mean 'row_count'"), ("change: {}", "needs 'of'"), ("change: {of: {mean: v}, against: yesterday}", "average(N)"),
                        ("change: {of: row_count, against: average(0)}", "average(N)"), ("change: {of: row_count, min: 3, max: 1}", "greater"),
                        ("change: {of: {not_null: [id, v]}, within: 1}", "about one number"),
                        ("change: {of: {change: {of: row_count, within: 1}}, within: 1}", "about one number"), ("{change: {of: row_count, within: 1}, by: v}", "means nothing"),
                        ("anomaly: {of: row_count, min_history: 100}", "window"), ("anomaly: {of: row_count, sensitivity: 0}", "between"),
                        ("anomaly: {of: row_count, seasonal: month}", "cannot be"), ("anomaly: {of: row_count, since: soon}", "a day or an instant"),
                        ("anomaly: {of: {mean: w}}", "w")):
        p.write("t.csv", "id,v\n1,2\n")
        p.catalog("assets:\n  t:\n    path: t.csv\n    columns: {id: integer, v: integer}\n    checks:\n      - %s\n" % check)
        done = p.weir("check")
        assert done.status in (2, 3), (check, done.status, done.out, done.err)
        assert word in done.err + done.out, (check, done.err, done.out)


def expected_z(history, x):
    med = st.median(history)
    mad = st.median([abs(v - med) for v in history])
    scale = 1.4826022185056018 * mad or 1.2533141373155003 * sum(abs(v - med) for v in history) / len(history)
    return (x - med) / scale


@test
def an_anomaly_is_far_from_the_median(p):
    r = random.Random(3)
    d = Days(p, ["anomaly: {of: row_count, min_history: 10, window: 30}"])
    history = []
    for i in range(45):
        rows = r.randrange(950, 1050)
        c = first(d.run(rows))
        if i < 10:
            same((i, c["outcome"]), (i, "skipped"))
            contains(c["message"], "learning: %d of 10" % i)
        else:
            z = expected_z(history[-30:], rows)
            assert abs(c["result"]["details"]["z"] - z) < 1e-9 * max(1, abs(z)), (i, c, z)
            same((i, c["outcome"]), (i, "pass" if abs(z) <= 3.5 else "fail"))
            same(c["result"]["details"]["points"], len(history[-30:]))
        if c["outcome"] != "fail":
            history.append(rows)
    done = d.run(3000)
    same((first(done)["outcome"], done.status), ("fail", 1))
    contains(first(done)["message"], "row_count is 3000, usual is")
    # Neither the next point nor the same one again learns from it.
    before = first(d.again())["result"]["details"]
    same(before["median"], st.median(history[-30:]))
    c = first(d.run(3000))
    same((c["outcome"], c["result"]["details"]["median"]), ("fail", before["median"]))
    same(d.outcome(200), "fail")
    same(d.outcome(1000), "pass")


@test
def a_number_that_never_changed_may_not(p):
    d = Days(p, ["anomaly: {of: row_count, min_history: 3}", "{anomaly: {of: row_count, min_history: 3, ignore_small_changes: 2}, name: lenient}"])
    for _ in range(5):
        d.run(100)
    done = d.run(101)
    same([c["outcome"] for c in done.json["assets"][0]["checks"][:2]], ["fail", "pass"])
    same(first(done)["result"]["details"]["z"], "Infinity")
    contains(first(done)["message"], "usual is always 100")


@test
def mad_of_nothing_falls_back_to_the_mean_deviation(p):
    d = Days(p, ["anomaly: {of: row_count, min_history: 3, exclude: none}"])
    history = [100, 100, 100, 100, 110, 90]
    for rows in history:
        d.run(rows)
    details = first(d.run(120))["result"]["details"]
    same(details["scale_from"], "mean_deviation")
    assert abs(details["z"] - expected_z(history, 120)) < 1e-9, details


@test
def directions_and_thresholds_of_anomalies(p):
    d = Days(p, ["{anomaly: {of: row_count, min_history: 5, direction: spike, exclude: none}, name: spike}",
                 "{anomaly: {of: row_count, min_history: 5, direction: drop, exclude: none}, name: drop}",
                 "{anomaly: {of: row_count, min_history: 5, exclude: none}, name: both, warn: '> 3', fail: '> 30'}"])
    for i in range(20):
        d.run(100 + i % 5)

    def outcomes(rows):
        return [c["outcome"] for c in d.run(rows).json["assets"][0]["checks"][:3]]
    same(outcomes(200), ["fail", "pass", "fail"])
    same(outcomes(10), ["pass", "fail", "fail"])
    same(outcomes(120), ["fail", "pass", "warn"])
    same(outcomes(102), ["pass", "pass", "pass"])


@test
def seasons_are_told_apart(p):
    d = Days(p, ["anomaly: {of: row_count, min_history: 3, seasonal: weekday}"])
    for i in range(28):
        got = d.outcome((1000 if i % 7 < 5 else 100) + i)
        same((i, got), (i, "skipped" if i < 21 else "pass"))
    same(d.outcome(100), "fail")   # a Monday like a Sunday


@test
def hours_are_those_of_the_zone(p):
    p.write("weir.yaml", "")
    d = Days(p, ["anomaly: {of: row_count, min_history: 3, seasonal: hour, exclude: none}"])
    text = open(p.path("weir.yaml"), encoding="utf-8").read()
    p.write("weir.yaml", text.replace("version: 1\n", "version: 1\ntimezone: America/New_York\n"))
    # 06:00 UTC is 01:00 in winter and 02:00 in summer.
    d.day = 60
    for _ in range(4):
        d.run(1000)
    d.day = 75
    same(d.outcome(1000), "skipped")


@test
def what_happened_in_an_incident_teaches_nothing(p):
    d = Days(p, ["{anomaly: {of: row_count, min_history: 4}, name: a}", "{anomaly: {of: row_count, min_history: 4, exclude: own}, name: own}",
                 "{max: {column: v, max: 1000}, name: bound}"])
    for i in range(5):
        d.run([5.0] * (100 + i))
    for i in range(3):
        d.run([5000.0] * (101 + i))    # as many rows as usual, but a critical check fails
    done = d.run([5.0] * 102)
    details = {c["id"]: c["result"]["details"] for c in done.json["assets"][0]["checks"][:2]}
    same((details["t:a"]["points"], details["t:a"]["left_out"]), (5, 3))
    same((details["t:own"]["points"], details["t:own"]["left_out"]), (8, 0))


@test
def since_begins_anew(p):
    d = Days(p, ["anomaly: {of: row_count, min_history: 3}"])
    for i in range(6):
        d.run(100 + i)
    same(d.outcome(1000), "fail")
    day = d.day
    d = Days(p, ["anomaly: {of: row_count, min_history: 3, since: %s}" % at(day + 1)])
    d.day = day
    same([d.outcome(1000 + i) for i in range(5)], ["skipped"] * 3 + ["pass"] * 2)


@test
def what_is_learnt_may_count_as_said(p):
    for learning, outcome, status in (("pass", "pass", 0), ("warn", "warn", 0), ("fail", "fail", 1), ("error", "error", 3), ("skipped", "skipped", 0)):
        d = Days(p, ["anomaly: {of: row_count, learning: %s}" % learning])
        done = d.run(3)
        same((learning, first(done)["outcome"], done.status), (learning, outcome, status))


@test
def unexpected_values_are_numbers_too(p):
    d = Days(p, ["change: {of: {between: {column: v, min: 0, max: 10}}, max: 2}", "{change: {of: {mean: v}, max: 1}, where: 'v < 100'}"])
    d.run([1.0, 50.0])
    c = [c for c in d.run([1.0, 50.0, 60.0, 1e6]).json["assets"][0]["checks"] if not c["implicit"]]
    same([x["outcome"] for x in c], ["pass", "fail"])
    same([x["result"]["details"]["change"] for x in c], [2.0, 37.0 - 25.5])


@test
def partitions_are_compared_with_earlier_ones(p):
    p.catalog("""assets:
  t:
    path: "t-{date:%Y-%m-%d}.csv"
    partitions: {date: {every: day, from: 2024-01-01}}
    checks:
      - anomaly: {of: row_count, min_history: 5}
""")
    for i in range(12):
        p.write("t-2024-01-%02d.csv" % (i + 1), "id\n" + "".join("%d\n" % k for k in range(500 if i == 8 else 100 + i)))
    p.now = "2024-01-20T00:00:00Z"
    p.json("check")
    # All were there at once: nobody knew the earlier ones yet, or those in order of their time did.
    done = p.json("check")
    got = {a["partition"]: a["checks"][0] for a in done.json["assets"] if a["partition"]}
    same([got["2024-01-%02d" % (i + 1)]["outcome"] for i in range(12)], ["skipped"] * 5 + ["pass"] * 3 + ["fail"] + ["pass"] * 3)
    same(got["2024-01-12"]["result"]["details"]["points"], 11)
    # Its own earlier result is not among them, and later partitions are not either.
    same(got["2024-01-06"]["result"]["details"]["points"], 5)


@test
def an_error_is_never_learnt_and_never_passes(p):
    d = Days(p, ["change: {of: {mean: v}, within: 100}"])
    d.run([1.0])
    d.p.write("t.csv", "id,w\n1,2\n")
    done = d.again()
    same((first(done)["outcome"], done.status), ("error", 3))
    contains(first(done)["message"], "no column 'v'")
    d.p.write("t.csv", "id,v\n1,\n")
    done = d.again()
    same((first(done)["outcome"], done.status), ("error", 3))
    contains(first(done)["message"], "no number")
