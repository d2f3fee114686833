"""Checks that look past the rows of their asset: queries of the user's, and the rows of another asset."""
import json

from project import contains, same, test

CATALOG = """%sproject: q
sources:
  db: {url: "sqlite:t.db"%s}
assets:
  o:
    source: db
    table: orders
    %s
    checks:
%s"""


def orders(p, *checks, allow="allow_sql: true\n", limits="", more=""):
    p.sqlite("t.db", "CREATE TABLE orders (id INTEGER, n INTEGER, who TEXT)", "CREATE TABLE people (name TEXT)",
             "INSERT INTO orders VALUES (1, 5, 'ann'), (2, -1, 'bob'), (3, NULL, 'eve'), (4, -7, 'ann')",
             "INSERT INTO people VALUES ('ann'), ('bob')")
    rewrite(p, *checks, allow=allow, limits=limits, more=more)


def rewrite(p, *checks, allow="allow_sql: true\n", limits="", more=""):
    p.catalog(CATALOG % (allow, limits, more, "".join("      - %s\n" % c for c in checks)))


def only(p, status=1):
    """The check that is not implicit."""
    checks = [c for c in p.json("check", "o").expect(status).json["assets"][0]["checks"] if c["id"].startswith(("o:unexpected", "o:row_count_equal"))]
    same(len(checks), 1)
    return checks[0]


@test
def a_query_that_returns_rows_fails_and_shows_them(p):
    orders(p, 'unexpected_rows: "SELECT id, n FROM {batch} WHERE n < 0 ORDER BY n -- the worst first"')
    c = only(p)
    same((c["outcome"], c["message"]), ("fail", "the query returns 2 rows, and there should be none"))
    same(c["result"], {"observed_value": "2 unexpected rows", "details": {"unexpected_rows": [{"id": 4, "n": -7}, {"id": 2, "n": -1}]}})
    rewrite(p, 'sql: "SELECT 1 FROM {table} WHERE n < -7;"')
    c = only(p, 0)
    same((c["outcome"], c["result"]), ("pass", {"observed_value": "0 unexpected rows"}))


@test
def a_query_sees_the_rows_of_the_asset_and_may_join_others(p):
    orders(p, 'unexpected_rows: "SELECT who FROM {batch} o LEFT JOIN people ON name = o.who WHERE name IS NULL"')
    same(only(p)["result"]["details"], {"unexpected_rows": [{"who": "eve"}]})
    p.catalog("""allow_sql: true
sources:
  db: {url: "sqlite:t.db"}
assets:
  o:
    source: db
    query: "SELECT * FROM orders WHERE n > 0"
    checks: [unexpected_rows: "SELECT * FROM {batch} WHERE n < 0"]
""")
    same(only(p, 0)["outcome"], "pass")


@test
def of_many_rows_the_first_are_shown_and_all_are_counted(p):
    orders(p, 'unexpected_rows: "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 1000) SELECT x, x FROM c"')
    r = only(p)["result"]
    same(r["observed_value"], "1000 unexpected rows")
    same(len(r["details"]["unexpected_rows"]), 20)
    same(r["details"]["unexpected_rows"][1], {"x": 2, "x:1": 2})


@test
def a_query_shows_nothing_where_a_column_must_not_be_shown(p):
    orders(p, 'unexpected_rows: "SELECT who AS w FROM {batch} WHERE n < 0"', more="columns: {who: {pii: true}}")
    same(only(p)["result"], {"observed_value": "2 unexpected rows"})


@test
def a_query_that_cannot_run_is_an_error_and_the_others_are_judged(p):
    for query, message in (("DELETE FROM orders", "not authorized"), ("SELECT 1; SELECT 2", "more than one statement"),
                           ("SELECT weir_op(1, 2)", "not authorized"), ("SELECT missing FROM {batch}", "no such column"),
                           ("ATTACH 'x.db' AS x", "not authorized"), ("PRAGMA journal_mode", "not authorized"), ("-- nothing", "empty")):
        orders(p, 'unexpected_rows: "%s"' % query, "not_null: id") if query.startswith("DELETE") else \
            rewrite(p, 'unexpected_rows: "%s"' % query, "not_null: id")
        done = p.json("check", "o").expect(3)
        outcomes = done.outcomes()
        same((outcomes["o:unexpected_rows"], outcomes["o:not_null:id"]), ("error", "pass"), query)
        contains(done.check("o:unexpected_rows")["message"], message)


@test
def a_query_ends_with_the_time_of_its_source(p):
    orders(p, 'unexpected_rows: "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c WHERE x < 0"',
           "increasing: id", limits=", limits: {seconds: 1}")
    done = p.json("check", "o").expect(3)
    contains(done.check("o:unexpected_rows")["message"], "the time that its source allows is over")
    same(done.outcomes()["o:increasing:id"], "pass")


@test
def a_verdict_of_a_query_ends_with_any_change_of_the_database(p):
    orders(p, 'unexpected_rows: "SELECT who FROM {batch} LEFT JOIN people ON name = who WHERE name IS NULL AND n < 0"')
    p.write("weir.yaml", open(p.path("weir.yaml")).read() + "  m: {path: m.csv, depends_on: [o]}\n")
    same(only(p, 0)["outcome"], "pass")
    p.weir("gate", "m").expect(0)
    p.weir("gate", "m").expect(0)
    p.sqlite("t.db", "DELETE FROM people")  # the rows of the asset are as they were
    same([r["kind"] for r in p.json("gate", "m").expect(1).json["reasons"] if r["effect"] == "block"], ["unchecked"])
    same(only(p)["outcome"], "fail")


@test
def sql_needs_leave_and_a_database(p):
    orders(p, 'unexpected_rows: "SELECT 1"', allow="")
    p.weir("check").expect(2, "weir.yaml:11:27", "checks with SQL of their own are not allowed here", "allow_sql: true")
    p.write("a.csv", "x\n1\n")
    p.catalog('allow_sql: true\nassets:\n  a:\n    path: a.csv\n    checks: [unexpected_rows: "SELECT 1"]\n')
    p.weir("check").expect(2, "files cannot be asked with SQL", "expr")


@test
def a_suite_with_sql_is_an_error_of_its_check_where_sql_is_not_allowed(p):
    p.write("a.csv", "x\n1\n")
    p.write("s.json", json.dumps({"name": "s", "expectations": [
        {"type": "unexpected_rows_expectation", "kwargs": {"unexpected_rows_query": "SELECT * FROM {batch}"}},
        {"type": "expect_column_values_to_be_increasing", "kwargs": {"column": "x"}}]}))
    done = p.json("check", "--source", "a.csv", "--suite", "s.json").expect(3)
    same(sorted(c["outcome"] for c in done.json["assets"][0]["checks"]), ["error", "pass", "pass", "pass"])
    contains(done.out, "checks with SQL of their own are not allowed here")


@test
def as_many_rows_as_another_asset_has(p):
    orders(p, "row_count_equal_other: keys", more="aliases: [shop]")
    keys = '  keys: {path: keys.csv}\n  m:\n    path: keys.csv\n    depends_on: [o]\n'
    p.write("weir.yaml", open(p.path("weir.yaml")).read() + keys)
    p.write("keys.csv", "k\n1\n2\n3\n4\n", at=3600)
    c = only(p, 0)
    same((c["outcome"], c["message"], c["result"]), ("pass", "4 rows, as in keys", {"observed_value": {"self": 4, "other": 4}}))
    same(p.json("gate", "m").expect(0).json["decision"], "allow")
    # A pass does not outlive the other asset's rows.
    p.write("keys.csv", "k\n1\n2\n", at=1800)
    same([r["kind"] for r in p.json("gate", "m").expect(1).json["reasons"] if r["effect"] == "block"], ["unchecked"])
    c = only(p)
    same((c["outcome"], c["message"]), ("fail", "4 rows, and keys has 2"))
    p.write("keys.csv", "", at=900)
    c = only(p, 3)
    same(c["outcome"], "error")
    contains(c["message"], "the rows of 'keys'")
