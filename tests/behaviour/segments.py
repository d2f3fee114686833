"""`by`: a verdict for each value of some columns."""
import json

from project import contains, same, test

# eu has two nulls of four, us none of three, and one row has no region.
ROWS = [(1, "eu", "a", None), (2, "us", "a", 5), (3, "eu", "b", 7), (4, None, "a", 9), (5, "eu", "a", None), (6, "us", "b", 5), (7, "us", "a", 1),
        (8, "eu", "a", 3)]
CSV = "id,region,shop,n\n" + "".join(",".join("" if v is None else str(v) for v in row) + "\n" for row in ROWS)


def result(p, check, csv=CSV, columns=""):
    done = p.check(csv, [check], columns=columns)
    return next(c for c in done.json["assets"][0]["checks"] if not c["implicit"])


def segments(p, check, *keys, **how):
    return [[s["segment"], s["outcome"]] + [s[k] for k in keys] for s in result(p, check, **how)["result"]["details"]["segments"]]


@test
def each_value_is_judged_by_itself_and_failing_ones_come_first(p):
    c = result(p, "{not_null: n, by: region}")
    same((c["outcome"], c["message"]), ("fail", "1 of 3 segments fails: region=eu (2 of 4 values are null (50 %))"))
    same((c["result"]["element_count"], c["result"]["unexpected_count"], c["result"]["partial_unexpected_index_list"]), (8, 2, [0, 4]))
    same(segments(p, "{not_null: n, by: region}", "success", "element_count", "unexpected_count"),
         [[{"region": "eu"}, "fail", False, 4, 2], [{"region": None}, "pass", True, 1, 0], [{"region": "us"}, "pass", True, 3, 0]])


@test
def shares_and_thresholds_hold_in_each_segment(p):
    # 2 of 8 would do, 2 of 4 does not.
    same([result(p, "{not_null: n, mostly: 0.75%s}" % by)["outcome"] for by in ("", ", by: region")], ["pass", "fail"])
    same([result(p, "{not_null: n, fail: '> 30%%'%s}" % by)["outcome"] for by in ("", ", by: region")], ["pass", "fail"])
    same(segments(p, "{not_null: n, warn: '> 1', fail: '> 2', by: region}"), [[{"region": "eu"}, "warn"], [{"region": None}, "pass"], [{"region": "us"}, "pass"]])
    same(result(p, "{not_null: n, severity: warning, by: region}")["outcome"], "warn")


@test
def rows_are_shown_of_segments_that_fail(p):
    # Of eu one of two is out of range, of no region the only one: too many. Of us one of three: it may be.
    c = result(p, "{between: {column: n, min: 2, max: 6}, mostly: 0.6, by: region}")
    same((c["result"]["unexpected_count"], c["result"]["partial_unexpected_index_list"], c["result"]["partial_unexpected_list"]), (3, [2, 3], [7, 9]))
    same([s["segment"]["region"] for s in c["result"]["details"]["segments"] if not s["success"]], [None, "eu"])


@test
def several_columns_make_one_segment_for_each_combination(p):
    same(segments(p, "{row_count: {min: 2}, by: [region, shop]}", "observed_value"),
         [[{"region": None, "shop": "a"}, "fail", 1], [{"region": "eu", "shop": "b"}, "fail", 1], [{"region": "us", "shop": "b"}, "fail", 1],
          [{"region": "eu", "shop": "a"}, "pass", 3], [{"region": "us", "shop": "a"}, "pass", 2]])


@test
def aggregates_tell_their_values(p):
    same(segments(p, "{mean: {column: n, max: 8}, by: region}", "element_count", "observed_value"),
         [[{"region": None}, "fail", 1, 9.0], [{"region": "eu"}, "pass", 4, 5.0], [{"region": "us"}, "pass", 3, 11 / 3]])
    same(segments(p, "{unique_count: {column: n, max: 2}, by: shop}", "observed_value"), [[{"shop": "a"}, "fail", 4], [{"shop": "b"}, "pass", 2]])
    same(segments(p, "{median: {column: n, min: 4}, by: region}", "observed_value"),
         [[{"region": None}, "pass", 9], [{"region": "eu"}, "pass", 5], [{"region": "us"}, "pass", 5]])


@test
def uniqueness_is_within_a_segment(p):
    same([result(p, "{unique: n%s}" % by)["outcome"] for by in ("", ", by: shop")], ["fail", "pass"])
    c = result(p, "{unique: n, by: region}")
    same((c["outcome"], c["result"]["partial_unexpected_index_list"], c["result"]["partial_unexpected_list"]), ("fail", [1, 5], [5, 5]))


@test
def only_rows_that_count_make_segments(p):
    same(segments(p, "{not_null: n, by: region, where: 'id > 5'}"), [[{"region": "eu"}, "pass"], [{"region": "us"}, "pass"]])


@test
def without_rows_there_is_the_verdict_on_no_rows(p):
    same(result(p, "{not_null: n, by: region, where: 'id > 50'}")["outcome"], "pass")
    same(result(p, "{mean: {column: n, min: 0}, by: region, where: 'id > 50'}")["outcome"], "fail")
    same(result(p, "{not_null: nothing, by: region, where: 'id > 50'}")["outcome"], "error")


@test
def more_than_a_hundred_segments_are_an_error_and_never_cut(p):
    for n, outcome in ((100, "pass"), (101, "error")):
        c = result(p, "{not_null: v, by: g}", csv="g,v\n" + "".join("%d,1\n" % (i % n) for i in range(500)))
        same((n, c["outcome"]), (n, outcome))
    contains(c["message"], "more than 100 segments")


@test
def what_cannot_be_computed_is_an_error(p):
    c = result(p, "{not_null: v, by: g}", csv="g,v\n1,1\nx,1\n", columns="g: integer")
    same(c["outcome"], "error")
    contains(c["message"], "the segment cannot be computed in 1 row")
    # A segment that cannot be judged does not hide behind those that can.
    c = result(p, "{mean: {column: v, max: 1}, by: g}", csv="g,v\na,1\nb,x\nc,5\n", columns="v: integer")
    same(c["outcome"], "error")
    contains(c["message"], "1 of 3 segments cannot be evaluated: g=b", "1 of 3 fails: g=c")
    same(result(p, "{not_null: v, by: h}", csv="g,v\na,1\n")["outcome"], "error")


@test
def personal_data_names_no_segment(p):
    p.check(CSV, ["{not_null: n, by: region}"], columns="region: {type: string, pii: true}").expect(2, "pii")


@test
def a_wrong_by_is_told_before_anything_runs(p):
    for by, word in (("[]", "must be a column"), ("[shop, shop]", "already"), ("[{}]", "by"), ("{region: 1}", "no 'region'")):
        p.check(CSV, ["{not_null: n, by: %s}" % by]).expect(2, word)
    p.check(CSV, ["{columns: [id], by: shop}"]).expect(2, "'by' means nothing")


@test
def checks_that_differ_in_by_are_different_checks(p):
    done = p.check(CSV, ["not_null: n", "{not_null: n, by: region}", "{not_null: n, by: shop}", "{not_null: n, by: [region, shop]}"]).expect(1)
    same(len({c["id"] for c in done.json["assets"][0]["checks"] if not c["implicit"]}), 4)
    p.check(CSV, ["{not_null: n, by: region}", "{not_null: n, by: [region]}"]).expect(2)


@test
def types_of_segments_are_told_apart(p):
    rows = [{"g": g, "v": v} for g, v in ((1, 1), (1.0, None), ("1", 2), (True, 3), (None, 4), (2.5, 5), ("", 6))]
    p.write("t.jsonl", "".join(json.dumps(r) + "\n" for r in rows))
    p.catalog("assets:\n  t:\n    path: t.jsonl\n    checks:\n      - {not_null: v, by: g}\n")
    c = p.weir("check", "--format", "json").json["assets"][0]["checks"][0]
    got = [(s["segment"]["g"], s["element_count"], s["unexpected_count"]) for s in c["result"]["details"]["segments"]]
    # 1 = 1.0 = true, and the text "1" equals none of them.
    same([(int(g) if g is True else g, n, bad) for g, n, bad in got], [(1, 3, 1), (None, 1, 0), (2.5, 1, 0), ("", 1, 0), ("1", 1, 0)])


@test
def all_engines_say_the_same(p):
    checks = ["{not_null: n, by: region}", "{between: {column: n, max: 6}, by: [shop, region], name: two}", "{unique: n, by: region}",
              "{stdev: {column: n, max: 2}, by: shop}", "{z_scores: {column: id, threshold: 1, double_sided: true}, by: shop}",
              "{most_common_in_set: {column: n, values: [5]}, by: region}"]
    p.write("t.csv", CSV)
    p.write("t.jsonl", "".join(json.dumps(dict(zip(("id", "region", "shop", "n"), row))) + "\n" for row in ROWS))
    p.sqlite("t.db", "CREATE TABLE t (id INTEGER, region TEXT, shop TEXT, n INTEGER)",
             *("INSERT INTO t VALUES (%s)" % ", ".join("NULL" if v is None else repr(v) for v in row) for row in ROWS))
    listed = "".join("      - %s\n" % c for c in checks)
    p.catalog("sources: {db: {url: 'sqlite:t.db'}}\nassets:\n" + "".join(
        "  %s:\n    %s\n    checks:\n%s" % (name, where, listed)
        for name, where in (("csv", "path: t.csv"), ("jsonl", "path: t.jsonl"), ("db", "source: db\n    table: t"))))
    assets = {a["key"]: [(c["id"].split(":", 1)[1], c["outcome"], c["message"], c["result"]) for c in a["checks"]]
              for a in p.weir("check", "--format", "json").json["assets"]}
    same(assets["jsonl"], assets["csv"])
    same(assets["db"], assets["csv"])
