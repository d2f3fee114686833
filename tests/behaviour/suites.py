"""--source and --suite: Great Expectations' files and weir's own; --format gx."""
import json

from project import contains, same, test


def suite(*expectations):
    return json.dumps({"name": "orders", "expectations": [{"type": t, "kwargs": k, "meta": {}} for t, k in expectations],
                       "meta": {"great_expectations_version": "1.3.0"}})


CSV = "id,v\n1,5\n2,50\n3,\n"


def run(p, text, *words, name="suite.json", csv=CSV):
    p.write("t.csv", csv)
    p.write(name, text)
    return p.weir("check", "--source", "t.csv", "--suite", name, *words)


@test
def a_gx_suite_runs_on_a_csv_and_answers_as_gx(p):
    done = run(p, suite(("expect_column_values_to_not_be_null", {"column": "v"}), ("expect_column_values_to_be_between", {"column": "v", "min_value": 0, "max_value": 10}),
                        ("expect_table_row_count_to_equal", {"value": 3}), ("expect_column_values_to_be_unique", {"column": "id"})), "--format", "gx").expect(1)
    r = done.json
    same((r["success"], [x["success"] for x in r["results"]]), (False, [False, False, True, True]))
    same(r["statistics"], {"evaluated_expectations": 4, "successful_expectations": 2, "unsuccessful_expectations": 2, "success_percent": 50.0})
    first = r["results"][0]
    same((first["expectation_config"]["type"], first["expectation_config"]["kwargs"]["column"]), ("expect_column_values_to_not_be_null", "v"))
    same((first["result"]["unexpected_count"], first["exception_info"]["raised_exception"]), (1, False))
    same(r["results"][2]["result"], {"observed_value": 3})
    assert "meta" in r
    import os
    assert not os.path.exists(p.path(".weir")), "a bare source left a store behind"


@test
def an_expectation_that_cannot_be_is_an_error_and_the_others_run(p):
    done = run(p, suite(("expect_nonsense", {"column": "v"}), ("expect_column_pair_cramers_phi_value_to_be_less_than", {"column_A": "v", "column_B": "id"}),
                        ("expect_column_values_to_not_be_null", {"column": "nope"}), ("expect_column_values_to_match_regex", {"column": "id", "regex": "("}),
                        ("expect_column_values_to_be_between", {"column": "v", "min_value": "x", "max_value": [1]}),
                        ("expect_column_values_to_be_unique", {"column": "id"}), ("expect_column_values_to_not_be_null", {})), "--format", "json").expect(3)
    same([c["outcome"] for c in done.json["assets"][0]["checks"] if not c["implicit"]], ["error"] * 5 + ["pass", "error"])
    gx = p.weir("check", "--source", "t.csv", "--suite", "suite.json", "--format", "gx").expect(3).json
    same([x["success"] for x in gx["results"]], [False] * 5 + [True, False])
    for x in gx["results"]:
        same(x["exception_info"]["raised_exception"], not x["success"], x["expectation_config"]["type"])


@test
def gx_words_inside_are_understood(p):
    done = run(p, suite(("expect_column_values_to_not_be_null", {"column": "v", "mostly": 0.5}),
                        ("expect_column_values_to_be_between", {"column": "v", "max_value": 10, "row_condition": "id<2", "condition_parser": "pandas"}),
                        ("expect_column_values_to_be_between", {"column": "v", "max_value": 10, "row_condition": 'col("id")!=2', "condition_parser": "great_expectations"}),
                        ("expect_column_values_to_be_in_set", {"column": "v", "value_set": [5, 50]})), "--format", "json")
    same([c["outcome"] for c in done.expect(0).json["assets"][0]["checks"] if not c["implicit"]], ["pass"] * 4)


@test
def weirs_own_suite_runs(p):
    text = "checks:\n  - not_null: id\n  - {between: {column: v, max: 10}, severity: warning}\n"
    done = run(p, text, "--format", "json", name="suite.yaml").expect(0)
    same([c["outcome"] for c in done.json["assets"][0]["checks"] if not c["implicit"]], ["pass", "warn"])
    run(p, text, "--strict", name="suite.yaml").expect(1)
    same(run(p, "checks:\n  - {not_nul: id}\n  - not_null: id\n", "--format", "json", name="suite.yaml").expect(3).json["summary"]["checks"]["error"], 1)


@test
def files_that_are_no_suites_are_2(p):
    for name, text in (("a.json", "{"), ("b.json", "[]"), ("c.json", "{}"), ("d.yaml", "- x\n"), ("e.yaml", ""), ("f.json", '{"expectations": 5}'), ("g.yaml", "checks: 5\n")):
        same((name, run(p, text, name=name).status), (name, 2))
    p.weir("check", "--source", "t.csv", "--suite", "gone.json").expect(2)


@test
def the_implicit_checks_stand_guard_in_suites_too(p):
    text = suite(("expect_column_values_to_not_be_null", {"column": "v"}))
    run(p, text, csv="id,v\n").expect(1)
    run(p, text, csv="id,v\n1,2\n3\n").expect(1)
    run(p, text, csv="").expect(3)
    done = run(p, text, "--format", "gx", csv="id,v\n").expect(1)
    same(len(done.json["results"]), 1)


@test
def sources_that_cannot_be_read_are_3(p):
    p.write("s.yaml", "checks: [not_null: id]\n")
    for words in (("--source", "gone.csv"), ("--source", "."), ("--source", "gone.db", "--table", "t"), ("--source", "http://localhost:1/x.csv")):
        same((words, p.weir("check", *words, "--suite", "s.yaml").status), (words, 3))
    p.sqlite("t.db", "CREATE TABLE t (id INTEGER)", "INSERT INTO t VALUES (1)")
    p.weir("check", "--source", "t.db", "--suite", "s.yaml").expect(2, "--table")
    p.weir("check", "--source", "t.db", "--table", "t", "--suite", "s.yaml").expect(0)
    p.weir("check", "--source", "sqlite:t.db", "--table", "t", "--suite", "s.yaml").expect(0)
    p.weir("check", "--source", "sqlite:t.db", "--query", "SELECT NULL AS id", "--suite", "s.yaml").expect(1)
    p.weir("check", "--source", "t.db", "--table", "nope", "--suite", "s.yaml").expect(3)


@test
def suites_of_assets_are_read_with_the_catalog(p):
    p.write("a.csv", "id,v\n1,\n")
    p.write("gx/s.json", suite(("expect_column_values_to_not_be_null", {"column": "v"}), ("expect_nonsense", {})))
    p.write("own.yaml", "checks: [unique: id]\n")
    p.catalog("assets: {a: {path: a.csv, suites: [gx/s.json, own.yaml], checks: [not_null: id]}}\n")
    done = p.json("check").expect(3)
    same(sorted(c["outcome"] for c in done.json["assets"][0]["checks"] if not c["implicit"]), ["error", "fail", "pass", "pass"])
    p.catalog("assets: {a: {path: a.csv, suites: [gone.json], checks: [not_null: id]}}\n")
    p.weir("check").expect(2, "weir.yaml:2", "gone.json")
