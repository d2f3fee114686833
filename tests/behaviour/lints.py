"""Warnings of weir validate, and what its neighbours refuse; queries that are compared; rows and columns of results as suites ask for them."""
import json
import re
from collections import Counter

from project import contains, same, test

TYPES = {"quantity": "integer", "level": "integer", "customer_id": "string"}


def warned(p, checks, columns="", status=0, *args):
    """(code, line of the finding, line of the other place or None) of each warning; checks begin in line 7."""
    p.write("t.csv", "x\n1\n")
    p.catalog("assets:\n  t:\n    path: t.csv\n    columns: {%s}\n    checks:\n%s\n" % (columns, checks))
    err = p.weir("validate", *args).expect(status).err
    found = re.findall(r"^weir\.yaml:(\d+):\d+: warning: .* \[(\w+)\]\n(?:.*\n.*\^.*\n)?(?:  weir\.yaml:(\d+):\d+: note: .*\n)?  hint: .+\n", err, re.M)
    same(len(found), err.count("warning:"), err)
    return [(code, int(line), int(other) if other else None) for line, code, other in found]


@test
def two_checks_that_concern_each_other_are_told_with_both_places(p):
    same(warned(p, "      - length: {column: a, value: 3}\n      - not_null: b\n      - length_between: {column: a, min: 3, max: 3}"),
         [("duplicate_check", 9, 7)])
    same(warned(p, "      - between: {column: a, min: 0}\n      - between: {column: a, min: 0, max: 9}"), [("redundant_check", 7, 8)])
    same(warned(p, "      - in_set: {column: a, values: [x]}\n      - not_null: b\n        where: a = 'y'"), [("unreachable_where", 9, 7)])
    same(warned(p, "      - is_null: a", "a: {type: string, nullable: false}"), [("contradictory_checks", 7, 5)])
    same(warned(p, "      - not_null: a\n        warn: '> 9'\n        fail: '> 5'"), [("unreachable_threshold", 8, 9)])


@test
def warnings_cost_the_exit_status_only_where_that_is_asked_for(p):
    check = "      - row_count: {min: 0}"
    same(warned(p, check), [("never_fails", 7, None)])
    same(warned(p, check, "", 1, "--strict"), [("never_fails", 7, None)])
    same(p.weir("validate", "--strict", "--quiet").expect(1).err, "")
    same(warned(p, "      - row_count: {min: 1}", "", 0, "--strict"), [])
    p.catalog("assets: {t: {path: t.csv, checks: [{not_nul: x}, {row_count: {min: 0}}]}}\n")
    same("never_fails" in p.weir("validate", "--strict").expect(2).err, False)


@test
def what_a_check_or_an_asset_ignores_is_counted_and_not_told(p):
    p.write("t.csv", "x,y\n1,1\n")
    asset = "assets:\n  t:\n    path: t.csv\n    columns: {x: integer}\n%s    checks:\n      - row_count: {min: 0}\n%s      - between: {column: x, min: 0}\n      - between: {column: x, min: -1}\n%s"
    for whole, first, last, told, ignored in (
            ("", "", "", 2, 0), ("", "        lint: {ignore: [never_fails]}\n", "", 1, 1), ("", "        lint: {ignore: never_fails}\n", "        lint: {ignore: [redundant_check]}\n", 0, 2),
            ("    lint: {ignore: [redundant_check]}\n", "", "", 1, 1), ("    lint: {ignore: [odd_type, never_fails]}\n", "", "", 1, 1)):
        p.catalog(asset % (whole, first, last))
        done = p.weir("validate").expect(0)
        same(done.err.count("warning:"), told)
        words = ("no mistake, %d warning%s" % (told, "" if told == 1 else "s") if told else "nothing wrong") + (", %d ignored" % ignored if ignored else "")
        contains(done.out, words + (" (" if told else "\n"))
        p.weir("validate", "--strict").expect(1 if told else 0)
        p.weir("check").expect(0)
    # One for all assets.
    p.catalog("defaults:\n  - {match: 't', lint: {ignore: [never_fails]}}\n" + asset % ("", "", ""))
    contains(p.weir("validate").expect(0).out, "1 warning, 1 ignored")
    # A verdict is of the same check, whether its warnings are told or not.
    hashes = set()
    for first in ("", "        lint: {ignore: [never_fails]}\n"):
        p.catalog(asset % ("", first, ""))
        hashes.add(json.dumps([c["kwargs"] for c in p.json("check").expect(0).json["assets"][0]["checks"]]))
    same(len(hashes), 1)


@test
def what_cannot_be_ignored_is_a_mistake(p):
    p.write("t.csv", "x\n1\n")
    for lint, *words in (("{ignore: [never_fail]}", "7:", "there is no warning 'never_fail'", "did you mean 'never_fails'"), ("{ignore: []}", "names no code"),
                         ("{ignore: [never_fails, never_fails]}", "in the list already"), ("{}", "needs the key 'ignore'"),
                         ("[never_fails]", "must be a map")):
        for head, tail in (("    checks:\n      - row_count: {min: 0}\n        lint: ", "\n"), ("    columns: {x: integer}\n    tags: [a]\n    lint: ", "\n    checks: [{row_count: {min: 0}}]\n"),
                           ("    checks:\n      - not_null: [x, y]\n        lint: ", "\n")):
            p.catalog("assets:\n  t:\n    path: t.csv\n" + head + lint + tail)
            err = p.weir("validate").expect(2, *words).err
            same(err.count(" error: "), 1, err)


@test
def each_code_is_explained_by_an_example_in_which_it_is_found(p):
    listed = p.weir("explain").expect(0).out
    codes = re.findall(r"^  (\w+)", listed[listed.index("Warnings of weir validate"):listed.index("Error codes")], re.M)
    assert len(codes) > 8, codes
    for code in codes:
        text = p.weir("explain", code).expect(0, code + ": a warning of weir validate", "--strict").out
        example = text[text.index("Example:\n") + 9:text.rindex("\n\nWarnings leave")]
        columns = ", ".join("%s: %s" % c for c in TYPES.items() if c[0] in example or code == "undeclared_column")
        found = warned(p, "".join("    " + line + "\n" for line in example.splitlines()), columns)
        assert code in [f[0] for f in found], (code, found)


@test
def a_filter_on_a_partition_that_is_not_declared_is_told(p):
    p.write("eu.csv", "region,v\neu,1\n")
    for value, told in (("asia", True), ("us", False)):
        p.catalog("assets:\n  t:\n    path: '{region}.csv'\n    partitions: {region: [eu, us]}\n    checks:\n      - not_null: v\n        where: region = '%s'\n" % value)
        err = p.weir("validate").expect(0).err
        same(("[unreachable_where]" in err, "weir.yaml:5" in err), (told, told), value)


@test
def checks_that_are_switched_off_or_imported_with_a_mistake_are_not_looked_at(p):
    same(warned(p, "      - row_count: {min: 0}\n        enabled: false"), [])
    p.write("s.json", json.dumps({"name": "s", "expectations": [
        {"type": "expect_column_values_to_be_between", "kwargs": {"column": "a", "min_value": 5, "max_value": 1}},
        {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "a", "value_set": []}}]}))
    p.catalog("assets: {t: {path: t.csv, suites: [s.json]}}\n")
    err = p.weir("validate").expect(0).err
    same(re.findall(r"\[(\w+)\]", err), ["never_passes"])


@test
def a_column_that_a_list_of_all_columns_rules_out_is_told(p):
    listed = "      - columns: [a, b]\n      - not_null: %s"
    same(warned(p, listed % "c"), [("undeclared_column", 8, 7)])
    same(warned(p, listed % "b"), [])
    same(warned(p, "      - not_null: other", "customer_id: string"), [])


# What its neighbours refuse -----------------------------------------------------------------------------------------------

@test
def a_change_without_bounds_and_a_drift_against_itself_are_mistakes(p):
    p.write("t.csv", "x\n1\n")
    for check, words in (("change: {of: row_count}", ("has no bound", "within_percent")), ("drift: {column: x, against: t, max: 1}", ("with itself", "another asset"))):
        p.catalog("assets: {t: {path: t.csv, checks: [%s]}}\n" % ("{%s}" % check))
        p.weir("validate").expect(2, *words)
    for check in ("change: {of: row_count}, fail: '> 5'", "change: {of: row_count, max: 5}", "drift: {column: x, against: t, max: 1}, where: x > 0"):
        p.catalog("assets: {t: {path: t.csv, checks: [%s]}}\n" % ("{%s}" % check))
        p.weir("validate").expect(0)


@test
def a_column_that_may_be_null_all_at_once_is_a_change_of_schema(p):
    runs = iter(range(9))

    def run(nulls, check="schema_change: {}"):
        p.write("t.db", b"")
        p.sqlite("t.db", "CREATE TABLE t (id INTEGER %s, v TEXT)" % nulls, "INSERT INTO t VALUES (%d, 'a')" % next(runs))
        p.catalog("sources: {db: {url: 'sqlite:t.db'}}\nassets: {t: {source: db, table: t, checks: [{%s, name: it}]}}\n" % check)
        return p.json("check", "t").check("t:it")

    c = run("NOT NULL")
    same(c["result"]["observed_value"], [{"name": "id", "type": "integer", "nullable": False}, {"name": "v", "type": "string"}])
    c = run("")
    same((c["outcome"], c["message"]), ("fail", "column 'id' was not null and may be null"))
    same(c["result"]["details"]["changes"], [{"change": "loosened", "column": "id", "before": "not null", "now": "nullable", "allowed": False}])
    p.write("s.yaml", "columns: {id: {type: integer, nullable: true}, v: string}\n")
    against = "schema_change: {against: s.yaml%s}"
    same(run("NOT NULL", against % "")["message"], "1 change, all allowed")
    same(run("NOT NULL", against % ", allow: [none]")["message"], "column 'id' may be null no more")
    same(run("", against % "")["message"], "the columns are as they were")


# Results ------------------------------------------------------------------------------------------------------------------

@test
def whole_rows_and_names_of_rows_alone_are_told_where_a_suite_asks(p):
    p.write("t.csv", "id,k,v,secret\n1,a,5,x\n2,b,-1,y\n3,c,-2,z\n")
    p.sqlite("t.db", "CREATE TABLE t (id INTEGER, k TEXT, v INTEGER, secret TEXT)", "INSERT INTO t VALUES (1,'a',5,'x'),(2,'b',-1,'y'),(3,'c',-2,'z')")
    for level in ("BASIC", "COMPLETE"):
        check = "{between: {column: v, min: 0}, name: it, result_format: {result_format: %s, include_unexpected_rows: true, exclude_unexpected_values: true, " \
                "unexpected_index_column_names: [id, k]}}" % level
        some = "columns: {secret: {pii: true}}, checks: [%s]" % check
        p.catalog("sources: {db: {url: 'sqlite:t.db'}}\nassets:\n  csv: {path: t.csv, %s}\n  db: {source: db, table: t, %s}\n" % (some, some))
        done = p.json("check", "csv", "db").expect(1)
        for key in ("csv", "db"):
            r = done.check(key + ":it")["result"]
            same(r["unexpected_rows"], [{"id": 2, "k": "b", "v": -1, "secret": "***"}, {"id": 3, "k": "c", "v": -2, "secret": "***"}], key)
            same(r["partial_unexpected_list"], [-1, -2], key)
            same(r.get("unexpected_index_list"), [{"id": [2, 3], "k": ["b", "c"]}] if level == "COMPLETE" else None, key)
    same("unexpected_rows" in p.check(None, ["{between: {column: v, min: 0}, name: it}"]).check("t:it")["result"], False)
    p.check(None, ["{not_null: v, result_format: {include_unexpected_row: true}}"]).expect(2, "include_unexpected_row")


# Queries ------------------------------------------------------------------------------------------------------------------

def compared(p, base, other, more="", status=None):
    p.write("a.db", b"")
    p.write("b.db", b"")
    put = lambda rows: ["INSERT INTO t VALUES (%s)" % ", ".join("NULL" if v is None else repr(v) for v in row) for row in rows]
    p.sqlite("a.db", "CREATE TABLE t (x, y)", *put(base))
    p.sqlite("b.db", "CREATE TABLE t (x, y)", *put(other))
    p.catalog("allow_sql: true\nsources: {here: {url: 'sqlite:a.db'}, there: {url: 'sqlite:b.db'}}\nassets: {t: {source: here, table: t, allow_empty: true, checks: "
              "[{sql_match: {query: 'SELECT x, y FROM {batch}', source: there, against: 'SELECT y AS b, x AS a FROM (SELECT y AS x, x AS y FROM t)'%s}, name: it}]}}\n" % more)
    done = p.json("check", "t")
    if status is not None:
        done.expect(status)
    return done.check("t:it")


@test
def two_queries_match_row_by_row_as_often_as_each_has_it(p):
    tables = ([], [(1, "a")], [(1, "a"), (1, "a"), (2, None)], [(1.0, "a"), (2, None), (1, "a")], [(1, "a"), (3, "c")], [("1", "a"), (None, None)])
    for base in tables:
        for other in tables:
            # Great Expectations counts tuples, where 1 is 1.0 as well.
            matches = sum((Counter(base) & Counter(other)).values())
            most = max(len(base), len(other))
            c = compared(p, base, other)
            same((c["outcome"], c["result"]["observed_value"]), ("pass" if matches == most else "fail", most - matches), (base, other))
            same(len(c["result"]["details"]["missing_rows"]), len(other) - matches, (base, other))
            same(len(c["result"]["details"]["unexpected_rows"]), len(base) - matches, (base, other))
    many = [(i, "a") for i in range(10)]
    for mostly, outcome in ((0.9, "pass"), (0.91, "fail")):
        same(compared(p, many, many[:9], ", mostly: %s" % mostly)["outcome"], outcome, mostly)
    # Thresholds stand instead of all rows, and beside a share that is written.
    for more, outcome in (("fail: '> 1'", "pass"), ("fail: '> 0'", "fail"), ("warn: '> 0'", "warn"), ("warn: '> 0', fail: '>= 1'", "fail"), ("fail: '> 5'", "pass")):
        same(compared(p, many, many[:9], "}, %s, meta: {of: it" % more)["outcome"], outcome, more)


@test
def a_comparison_of_queries_that_cannot_be_made_is_no_pass(p):
    c = compared(p, [(1, 2)], [(1, 2)], status=0)
    same(c["message"], "both queries return the same 1 rows")
    text = open(p.path("weir.yaml")).read().replace("version: 1\n", "")
    for was, now, status, words in (("source: there", "source: nowhere", 2, "there is no source 'nowhere'"), ("FROM t)", "FROM absent)", 3, "no such table"),
                                    ("allow_sql: true", "allow_sql: false", 2, "allow_sql"), ("sqlite:b.db", "sqlite:c.db", 3, "c.db"),
                                    ("sqlite:b.db", "file:.", 3, "no database"), ("name: it", "name: it, where: x > 1", 2, "takes no filter")):
        p.catalog(text.replace(was, now))
        contains(p.json("check", "t").expect(status).out + p.weir("check", "t").err, words)
    p.catalog("allow_sql: true\nassets: {t: {path: t.csv, checks: [{sql_match: {query: 'SELECT 1', against: 'SELECT 1'}}]}}\n")
    p.weir("validate").expect(2, "files cannot be asked")


@test
def a_suite_with_windows_is_refused_with_a_way_to_say_it(p):
    p.write("t.csv", "x\n1\n")
    p.write("s.json", json.dumps({"name": "s", "expectations": [{"type": "expect_column_mean_to_be_between", "kwargs": {
        "column": "x", "min_value": 0, "windows": [{"constraint_fn": "mean", "parameter_name": "p", "range": 5, "offset": {"positive": 0.1, "negative": 0.1}}]}}]}))
    p.catalog("assets: {t: {path: t.csv, suites: [s.json]}}\n")
    contains(p.weir("check").expect(3).out, "windows", "change: {of:")


@test
def the_output_of_backtest_is_as_its_schema_says(p):
    try:
        import jsonschema
    except ImportError:
        return "jsonschema is not here"
    for n in (10, 12, 40):
        p.write("t.csv", "x\n" + "1\n" * n)
        p.check(None, ["{change: {of: row_count, within: 5}, name: it}"])
    schema = p.weir("config", "schema", "backtest").expect(0).json
    out = p.json("backtest").expect(0).json
    jsonschema.Draft202012Validator(schema).validate(out)
    same(len(out["backtests"][0]["points"]), 3)
    for where in (out, out["backtests"][0], out["backtests"][0]["points"][0]):
        where["no_such_key"] = 1
        same(jsonschema.Draft202012Validator(schema).is_valid(out), False)
        del where["no_such_key"]
