"""weir backtest: other thresholds and rules on the numbers of simulated days."""
from history import Days
from project import contains, same, test


def series(p, rows, checks=("{anomaly: {of: row_count, min_history: 4}, name: a}", "{row_count: {min: 1}, name: rows}")):
    d = Days(p, list(checks))
    for n in rows:
        d.run(n)
    return d


def tried(p, *args, status=0):
    done = p.json("backtest", *args).expect(status)
    return {b["id"]: b for b in done.json["backtests"]}


ROWS = [100, 101, 99, 100, 102, 98, 300, 101, 100, 40, 100, 103]


@test
def unchanged_rules_say_what_they_said(p):
    d = series(p, ROWS)
    got = tried(p)["t:a"]
    same((got["metric"], got["alerts"], got["flagged_then"], got["learning"]), ("row_count", 2, 2, 4))
    same([(x["value"], x["outcome"]) for x in got["points"] if x["outcome"] == "fail"], [(300.0, "fail"), (40.0, "fail")])
    same([x["outcome"] for x in got["points"]], ["skipped"] * 4 + ["pass"] * 2 + ["fail"] + ["pass"] * 2 + ["fail"] + ["pass"] * 2)
    # Looking again adds no point, and nothing is stored by looking back.
    d.again()
    same(len(tried(p)["t:a"]["points"]), len(ROWS))


@test
def changed_arguments_and_thresholds_are_replayed(p):
    series(p, ROWS)
    same(tried(p, "check:a", "--set", "sensitivity=60")["t:a"]["alerts"], 1)
    same(tried(p, "check:a", "--set", "direction=drop")["t:a"]["alerts"], 1)
    same(tried(p, "check:a", "--set", "min_history=11")["t:a"]["learning"], 11)
    got = tried(p, "check:rows", "--set", "min=50", "--set", "max=200")["t:rows"]
    same((got["alerts"], got["alerts_in_incident"], got["learning"]), (2, 2, 0))
    same(tried(p, "check:rows", "--set", "max=102")["t:rows"]["alerts"], 2)
    same(tried(p, "check:rows", "--set", "min=", "--set", "fail=> 102", "--set", "severity=warning")["t:rows"]["points"][-1]["outcome"], "warn")
    same(tried(p, "check:rows", "--set", "min=1000", "--since", "2024-01-11T00:00:00Z")["t:rows"]["alerts"], 2)
    text = p.weir("backtest", "check:rows", "--set", "min=50").expect(0).out
    contains(text, "would have alerted 1 time, 1 of them when something was known to be wrong", "2024-01-10T06:00:00Z  fail", "[flagged then]")


@test
def a_replayed_alert_teaches_nothing_to_those_that_follow(p):
    series(p, [100, 101, 99, 100, 300, 300, 300, 300, 300, 300], ["{row_count: {min: 1}, name: rows}", "{anomaly: {of: row_count, min_history: 4, learning: pass, sensitivity: 1000, "
                                                                  "ignore_small_changes: 1000}, name: a}"])
    same(tried(p, "check:a")["t:a"]["alerts"], 0)
    same(tried(p, "check:a", "--set", "ignore_small_changes=", "--set", "sensitivity=3")["t:a"]["alerts"], 6)


@test
def partitions_are_replayed_in_their_order(p):
    p.catalog("""assets:
  t:
    path: "t-{date:%Y-%m-%d}.csv"
    partitions: {date: {every: day, from: 2024-01-01}}
    checks:
      - {change: {of: row_count, against: previous, within_percent: 50}, name: c}
""")
    for i, n in enumerate((10, 12, 40, 41, 11)):
        p.write("t-2024-01-%02d.csv" % (i + 1), "id\n" + "1\n" * n)
    p.now = "2024-01-20T00:00:00Z"
    p.json("check")
    got = tried(p)["t:c"]
    same([(x["partition"], x["outcome"]) for x in got["points"]],
         [("2024-01-01", "skipped"), ("2024-01-02", "pass"), ("2024-01-03", "fail"), ("2024-01-04", "pass"), ("2024-01-05", "fail")])


@test
def what_cannot_be_tried_is_told(p):
    series(p, [5, 6], ["row_count: {min: 1}", "{not_null: id, mostly: 0.9, name: n}", "{columns: [id, v], name: cols}"])
    p.weir("backtest", "--set", "min=3").expect(2, "check:NAME")
    p.weir("backtest", "check:row_count", "--set", "mim=3").expect(2, "did you mean 'min'")
    p.weir("backtest", "check:row_count", "--set", "min=many").expect(2, "must be a whole number")
    p.weir("backtest", "check:row_count", "--set", "min").expect(2, "KEY=VALUE")
    p.weir("backtest", "check:nothing").expect(2)
    p.weir("backtest", "check:n").expect(3, "not their share")
    p.weir("backtest", "check:cols").expect(0, "nothing is on record")
    same(list(tried(p)), ["t:row_count"])
