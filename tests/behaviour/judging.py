"""From rows to outcomes: short forms, filters, thresholds, severities, result formats, samples."""
import json

from project import contains, same, test

ROWS = "id,v,s\n" + "".join("%d,%s,%s\n" % (i, "" if i == 3 else i, "paid" if i % 2 else "new") for i in range(1, 11))


def outcome(p, check, csv=ROWS, columns=""):
    done = p.check(csv, [check], columns=columns)
    return [c["outcome"] for c in done.json["assets"][0]["checks"] if not c["implicit"]], done.status


@test
def check_ids_follow_the_contract(p):
    done = p.check(ROWS, ["not_null: id", "not_null: [v, s]", "{not_null: v, where: \"s = 'paid'\"}", "{between: {column: v, min: 0}, name: sane}",
                          "{between: {column: v, min: 1}}", "unique_together: [id, s]", "row_count: {min: 1}", "expr: \"id > 0\"",
                          "expect_column_values_to_be_unique: {column: id}"])
    ids = [c["id"] for c in done.json["assets"][0]["checks"]]
    assert ids[0] == "t:not_null:id", ids
    # Two on the same column: both with a hash of what else they say, or the plain one plain.
    same(len(ids), len(set(ids)))
    same([i for i in ids if i.startswith("t:not_null:v")], [i for i in ids if i.startswith("t:not_null:v:") and len(i) == len("t:not_null:v:") + 8])
    for name in ("t:not_null:s", "t:sane", "t:between:v", "t:unique_together:id,s", "t:row_count", "t:expr", "t:unique:id"):
        assert name in ids, (name, ids)
    # Declared ones first, in file order; implicit ones behind them.
    same([c["implicit"] for c in done.json["assets"][0]["checks"]], [False] * 10 + [True] * (len(ids) - 10))


@test
def two_equal_checks_are_an_error(p):
    p.check(ROWS, ["not_null: id", "not_null: [v, id]"]).expect(2, "weir.yaml:7")
    p.check(ROWS, ["not_null: id", "expect_column_values_to_not_be_null: {column: id}"]).expect(2)
    p.check(ROWS, ["{not_null: id, name: x}", "{unique: id, name: x}"]).expect(2)


@test
def wrong_arguments_are_2_before_anything_runs(p):
    for check, word in (("nut_null: id", "did you mean 'not_null'"), ("between: {column: v, mn: 1}", "did you mean"), ("between: {column: v}", "min or max"),
                        ("between: {column: v, min: 5, max: 1}", "greater"), ("row_count: {min: 5, max: 1}", "greater"), ("mean: {column: v, min: 5, max: 1}", "greater"),
                        ("value_lengths_between: {column: s, min: 5, max: 1}", "greater"), ("match_regex: {column: s, regex: '('}", "wrong at"),
                        ("{not_null: id, mostly: 1.5}", "mostly"), ("{not_null: id, mostly: -1}", "mostly"), ("{not_null: id, severity: high}", "severity"),
                        ("{not_null: id, fail: '> many'}", "fail"), ("{not_null: id, where: 'v >'}", "where a value"), ("in_set: {column: v}", "needs 'value"),
                        ("{between: {column: v, min: 1, mostly: 0.5}, mostly: 0.5}", "mostly"), ("between: {column: v, min: [1]}", "min"),
                        ("expr: 'v > '", "ends where"), ("not_null: {}", "column"), ("{}", "expectation"), ("row_count: {min: 1.5}", "whole"),
                        ("row_count: {min: lots}", "min"), ("{not_null: id, enabled: maybe}", "enabled"), ("unique: id\n        wher: x", "did you mean 'where'"),
                        ("{not_null: id, fail: '> 101%'}", "100"), ("{columns: [id], by: v}", "means nothing"), ("{not_null: id, quarantine: x.csv}", "must be a map"),
                        ("expect_column_pair_cramers_phi_value_to_be_less_than: {column_A: v}", "cannot be checked")):
        done = p.check(ROWS, [check])
        same((check, done.status, done.out), (check, 2, ""))
        assert word in done.err and "weir.yaml:" in done.err, (check, done.err)


@test
def bounds_are_inclusive_unless_strict(p):
    same(outcome(p, "between: {column: id, min: 1, max: 10}"), (["pass"], 0))
    same(outcome(p, "between: {column: id, min: 1, max: 10, strict_min: true}"), (["fail"], 1))
    same(outcome(p, "between: {column: id, max: 9}"), (["fail"], 1))
    same(outcome(p, "row_count: {min: 10, max: 10}"), (["pass"], 0))
    same(outcome(p, "row_count: 9"), (["fail"], 1))


@test
def mostly_is_inclusive_and_of_rows_with_a_value(p):
    same(outcome(p, "{between: {column: v, max: 8}, mostly: 0.7777}"), (["pass"], 0))  # 7 of 9: the null does not count
    same(outcome(p, "{between: {column: v, max: 8}, mostly: 0.78}"), (["fail"], 1))
    same(outcome(p, "{not_null: v, mostly: 0.9}"), (["pass"], 0))
    same(outcome(p, "{not_null: v, mostly: 0.91}"), (["fail"], 1))


@test
def filters_choose_rows(p):
    done = p.check(ROWS, ["{not_null: v, where: \"s = 'paid'\", name: odd}", "{not_null: v, where: \"s = 'new'\", name: even}",
                          "{row_count: 5, where: \"s = 'new'\", name: rows}", "{unique: s, where: \"id < 3\", name: two}",
                          "{max: {column: id, max: 9}, where: \"id % 2 = 1\", name: max}"]).expect(1)
    same({k: v for k, v in done.outcomes().items() if k[2:] in ("odd", "even", "rows", "two", "max")},
         {"t:odd": "fail", "t:even": "pass", "t:rows": "pass", "t:two": "pass", "t:max": "pass"})
    same(done.check("t:odd")["result"]["element_count"], 5)
    same(done.check("t:odd")["result"]["partial_unexpected_index_list"], [2])


@test
def thresholds_decide_between_warn_and_fail(p):
    for check, expected in (("{not_null: v, warn: '> 0', fail: '> 1'}", "warn"), ("{not_null: v, warn: '> 0', fail: '>= 1'}", "fail"),
                            ("{not_null: v, warn: '> 0', fail: '> 10%'}", "warn"), ("{not_null: v, fail: '> 9.9%'}", "fail"),
                            ("{not_null: v, fail: '> 10%'}", "pass"), ("{not_null: v, warn: '>= 10%'}", "warn"), ("{not_null: v, warn: '> 1'}", "pass"),
                            ("{not_null: v, severity: warning}", "warn"), ("{not_null: v, severity: info}", "warn"),
                            ("{not_null: v, severity: warning, fail: '> 0'}", "warn"), ("{not_null: v}", "fail")):
        got, status = outcome(p, check)
        same((check, got), (check, [expected]))
        same(status, 1 if expected == "fail" else 0, check)


@test
def a_disabled_check_is_skipped_and_says_so(p):
    done = p.check(ROWS, ["{not_null: v, enabled: false}", "not_null: id"]).expect(0)
    same((done.outcomes()["t:not_null:v"], done.json["summary"]["checks"]["skipped"]), ("skipped", 1))
    p.check(ROWS, ["{not_null: v, enabled: false}"]).expect(2)  # no checks are left


@test
def declared_types_are_checked(p):
    for kind, good, bad in (("integer", "1 -5 9223372036854775807", "1.5 x 9223372036854775808 1e3"), ("number", "1 1.5 -2e10", "x 1,5"),
                            ("'decimal(5,2)'", "1.25 -999.99", "1.234 1000.00 x"), ("date", "2024-02-29", "2023-02-29 29.02.2024 2024-2-9x"),
                            ("timestamp", "2024-02-29T10:00:00", "2024-02-29T25:00:00 noon"), ("boolean", "true false", "maybe 2")):
        for v in good.split():
            done = p.check("v\n%s\n" % v, ["not_null: v"], columns="v: %s" % kind)
            same((kind, v, done.status), (kind, v, 0))
        for v in bad.split():
            done = p.check('v\n"%s"\n' % v, ["not_null: v"], columns="v: %s" % kind)
            same((kind, v, done.status, done.outcomes()["t:type:v"]), (kind, v, 1, "fail"))


@test
def result_formats_have_gx_keys(p):
    keys = {}
    for fmt in ("BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE"):
        done = p.check(ROWS, ["between: {column: v, max: 5}", "max: {column: v, max: 5}"], "--result-format", fmt).expect(1)
        keys[fmt] = set(done.check("t:between:v")["result"])
        agg = set(done.check("t:max:v")["result"])
        same(agg, set() if fmt == "BOOLEAN_ONLY" else {"observed_value"}, fmt)
    basic = {"element_count", "unexpected_count", "unexpected_percent", "partial_unexpected_list", "missing_count", "missing_percent",
             "unexpected_percent_total", "unexpected_percent_nonmissing"}
    summary = basic | {"partial_unexpected_counts", "partial_unexpected_index_list"}
    same(keys["BOOLEAN_ONLY"], set())
    same(keys["BASIC"], basic)
    same(keys["SUMMARY"], summary)
    assert keys["COMPLETE"] >= summary | {"unexpected_list", "unexpected_index_list"}, keys["COMPLETE"]
    r = p.check(ROWS, ["between: {column: v, max: 5}"], "--result-format", "COMPLETE").check("t:between:v")["result"]
    same((r["element_count"], r["missing_count"], r["unexpected_count"], r["unexpected_list"], r["unexpected_index_list"]),
         (10, 1, 5, [6, 7, 8, 9, 10], [5, 6, 7, 8, 9]))
    same([round(r[k], 6) for k in ("missing_percent", "unexpected_percent", "unexpected_percent_total", "unexpected_percent_nonmissing")],
         [10.0, 55.555556, 50.0, 55.555556])


@test
def samples_are_bounded_and_counts_are_not(p):
    done = p.check("v\n" + "x\n" * 5000, ["in_set: {column: v, values: [a]}"]).expect(1)
    r = done.check("t:in_set:v")["result"]
    same((r["unexpected_count"], len(r["partial_unexpected_list"]), r["partial_unexpected_counts"]), (5000, 20, [{"value": "x", "count": 20}]))


@test
def personal_data_is_masked_everywhere(p):
    p.write("a.csv", "id,mail,n\n7,ann-at-example,1\n8,bob@x.org,2\n")
    for column in ("{type: string, pii: true}", "{type: string, tags: [pii]}"):
        p.catalog("assets:\n  a:\n    path: a.csv\n    key: [id]\n    columns: {mail: %s}\n    checks:\n"
                  "      - {match_regex: {column: mail, regex: '@'}}\n      - {value_lengths_between: {column: mail, max: 3}}\n"
                  "      - {expr: \"mail ~ '@'\"}\n      - {in_set: {column: mail, values: [x]}}\n" % column)
        for words in (("--format", "json"), ("--format", "gx"), ("--format", "text", "-v"), ("--format", "json", "--result-format", "COMPLETE"), ("--explain",)):
            done = p.weir("check", *words).expect(1)
            assert "ann-at" not in done.out + done.err and "bob" not in done.out + done.err, (words, done.out)


@test
def relationships_cross_files_and_databases(p):
    p.write("orders.csv", "id,customer\n1,10\n2,11\n3,12\n4,\n")
    p.sqlite("s.db", "CREATE TABLE customers (id INTEGER, name TEXT)", "INSERT INTO customers VALUES (10, 'a'), (11, 'b'), (NULL, 'c')",
             "CREATE TABLE visits (customer INTEGER)", "INSERT INTO visits VALUES (10), (13), (13), (NULL)")
    p.catalog("""sources: {shop: {url: "sqlite:s.db"}}
assets:
  orders: {path: orders.csv, checks: [{relationships: {column: customer, to: customers, field: id}}]}
  customers: {source: shop, table: customers, checks: [{relationships: {column: id, to: orders, field: customer}}]}
  visits: {source: shop, table: visits, checks: [{relationships: {column: customer, to: orders, field: customer}}]}
""")
    done = p.json("check").expect(1)
    same(done.check("orders:relationships:customer")["result"]["partial_unexpected_list"], [12])
    same(done.check("customers:relationships:id")["result"]["unexpected_count"], 0)
    same(done.check("visits:relationships:customer")["result"]["partial_unexpected_list"], [13, 13])
    # What is not there holds no keys, and that is an error and not a verdict.
    p.catalog("sources: {shop: {url: 'sqlite:s.db'}}\nassets:\n  orders: {path: orders.csv, checks: [{relationships: {column: customer, to: c, field: id}}, not_null: id]}\n"
              "  c: {source: shop, table: nobody}\n")
    done = p.json("check", "orders").expect(3)
    same((done.outcomes()["orders:relationships:customer"], done.outcomes()["orders:not_null:id"]), ("error", "pass"))


@test
def the_engines_agree(p):
    rows = [(1, 1.5, "a"), (2, None, "b"), (3, -2.0, "b"), (4, 1e300, None), (5, 0.0, "Ünïcode")]
    p.write("t.csv", "i,r,s\n" + "".join(",".join("" if v is None else str(v) for v in row) + "\n" for row in rows))
    p.write("t.jsonl", "".join(json.dumps(dict(zip("irs", row))) + "\n" for row in rows))
    p.sqlite("t.db", "CREATE TABLE t (i INTEGER, r REAL, s TEXT)", *["INSERT INTO t VALUES (%s)" % ", ".join(
        "NULL" if v is None else repr(v) for v in row) for row in rows])
    checks = """[not_null: [i, r, s], unique: [i, s], {between: {column: r, min: -1, max: 100}}, {in_set: {column: s, values: [a, b]}},
      {match_regex: {column: s, regex: "^[a-z]$"}}, {value_lengths_between: {column: s, min: 1, max: 6}}, {max: {column: i, max: 4}}, {mean: {column: i, min: 3, max: 3}},
      {sum: {column: r, min: 0, max: 1}}, {unique_count: {column: s, min: 3, max: 3}}, {expr: "r > i OR s = 'b'"}, {not_null: r, where: "i > 2", name: filtered}, {row_count: 5}]"""
    p.catalog("assets:\n  csv: {path: t.csv, columns: {r: number}, checks: %s}\n  jsonl: {path: t.jsonl, columns: {r: number}, checks: %s}\n"
              "  sql: {source: 'sqlite:t.db', table: t, checks: %s}\n" % (checks, checks, checks))
    done = p.json("check").expect(1)
    by = {}
    for a in done.json["assets"]:
        by[a["key"]] = [(c["id"].split(":", 1)[1], c["outcome"], c["result"]) for c in a["checks"] if not c["implicit"]]
    same(by["csv"], by["sql"])
    same(by["jsonl"], by["sql"])


@test
def explain_says_how_it_was_read(p):
    p.sqlite("t.db", "CREATE TABLE t (i INTEGER)", "INSERT INTO t VALUES (1)")
    p.catalog("assets: {t: {source: 'sqlite:t.db', table: t, checks: [not_null: i]}}\n")
    contains(p.weir("check", "--explain").expect(0).out, "SELECT")


@test
def sqlite_tables_views_and_queries_are_read_and_never_written(p):
    p.sqlite("t.db", "CREATE TABLE t (i INTEGER)", "INSERT INTO t VALUES (1), (NULL)", "CREATE VIEW v AS SELECT i FROM t WHERE i > 0")
    before = open(p.path("t.db"), "rb").read()
    for what, status in (("table: t", 1), ("table: v", 0), ("query: 'SELECT i FROM t WHERE i IS NOT NULL'", 0), ("table: nobody", 3),
                         ("query: 'DELETE FROM t'", 3), ("query: 'SELECT nope FROM t'", 3), ("query: 'SELECT 1 AS i; DROP TABLE t'", 3),
                         ("query: 'PRAGMA user_version = 5'", 3), ("query: \"ATTACH 'x.db' AS x\"", 3)):
        p.catalog("assets: {t: {source: 'sqlite:t.db', %s, checks: [not_null: i]}}\n" % what)
        same((what, p.weir("check").status), (what, status))
    same(open(p.path("t.db"), "rb").read(), before)
    p.catalog("assets: {t: {source: 'sqlite:gone.db', table: t, checks: [not_null: i]}}\n")
    p.weir("check").expect(3, "gone.db")
    p.write("text.db", "no database at all\n" * 100)
    p.catalog("assets: {t: {source: 'sqlite:text.db', table: t, checks: [not_null: i]}}\n")
    p.weir("check").expect(3, "text.db")
