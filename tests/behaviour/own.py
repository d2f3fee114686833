"""Expectations that the catalog defines itself: expressions with parameters, and programs."""
import json
import os

from project import contains, same, test

DEFS = """expectations:
  valid_iban:
    params: {column: column}
    expr: "column ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$'"
    doc: An IBAN as ISO 13616 writes it.
  below:
    params: {column: column, limit: {type: number, default: 10}, known: {type: values, default: [a, b]}}
    expr: "column < limit or name in (known)"
"""
DATA = "iban,amount,name\nDE89370400440532013000,5,x\nnope,11,a\n,12,c\n"


def asset(checks, more=""):
    return DEFS + more + "assets:\n  a:\n    path: a.csv\n    checks:\n" + "".join("      - %s\n" % c for c in checks)


@test
def an_expression_with_parameters_judges_each_check_by_its_own(p):
    p.write("a.csv", DATA)
    p.catalog(asset(["valid_iban: iban", "below: amount", "{below: {column: amount, limit: 12.5, known: [c]}, name: wide}",
                     "{below: {column: amount, known: [a, b, c]}, name: listed}"]))
    r = p.json("check").expect(1)
    same({k: v for k, v in r.outcomes().items() if not v == "pass" or "wide" in k or "listed" in k},
         {"a:valid_iban:iban": "fail", "a:below:amount": "fail", "a:wide": "pass", "a:listed": "pass"})
    iban = r.check("a:valid_iban:iban")
    # Null is neither good nor bad: the row counts as missing.
    same((iban["result"]["element_count"], iban["result"]["missing_count"], iban["result"]["unexpected_count"]), (3, 1, 1))
    same(iban["result"]["partial_unexpected_index_list"], [1])
    same(iban["kwargs"], {"column": "iban"})
    same(r.check("a:below:amount")["result"]["partial_unexpected_index_list"], [2])


@test
def a_database_gives_the_same_verdicts(p):
    p.sqlite("s.db", "CREATE TABLE t (iban TEXT, amount INTEGER, name TEXT)",
             "INSERT INTO t VALUES ('DE89370400440532013000', 5, 'x'), ('nope', 11, 'a'), (NULL, 12, 'c')")
    p.catalog(DEFS + 'assets:\n  a:\n    source: "sqlite:s.db"\n    table: t\n    checks: [valid_iban: iban, below: amount]\n')
    r = p.json("check").expect(1)
    same(r.check("a:valid_iban:iban")["result"]["unexpected_count"], 1)
    same(r.check("a:below:amount")["result"]["unexpected_count"], 1)


@test
def a_changed_definition_is_another_check(p):
    p.write("a.csv", DATA)
    checks = asset(["below: {column: amount, limit: 100}"]) + "  b: {depends_on: [a]}\n"
    p.catalog(checks)
    p.weir("check").expect(0)
    p.weir("gate", "b").expect(0)
    p.catalog(checks.replace("doc: An IBAN", "doc: The IBAN"))
    p.weir("gate", "b").expect(0)
    p.catalog(checks.replace("column < limit or", "column <= limit or"))
    p.weir("gate", "b").expect(1, "unchecked")


@test
def mistakes_in_a_definition_are_told_once_and_where_they_are(p):
    p.write("a.csv", DATA)
    for broken, parts in ((DEFS.replace("or name", "and or name"), ["weir.yaml:9:", "expected a value"]),
                          (DEFS.replace("limit: {type: number", "limit: {type: numbr"), ["has no value 'numbr'", "number"]),
                          (DEFS.replace("  below:", "  not_null:"), ["there is an expectation 'not_null' already"]),
                          (DEFS.replace("  below:", "  severity:"), ["already means something in every check"]),
                          (DEFS.replace("default: 10", "default: ten"), ["the default of 'limit' is no number"]),
                          (DEFS.replace("    doc: An IBAN as ISO 13616 writes it.", "    exec: [x]"), ["either `expr` or `exec`"])):
        p.catalog(broken + "assets:\n  a: {path: a.csv, checks: [{below: amount}, {below: {column: amount, limit: 3}}]}\n")
        done = p.weir("validate").expect(2, *parts)
        assert done.err.count(parts[0]) == 1, done.err


@test
def mistakes_in_a_check_are_told_where_it_stands(p):
    p.write("a.csv", DATA)
    p.catalog(asset(["below: {colum: amount}"]))
    p.weir("validate").expect(2, "has no argument 'colum'", "column")
    p.catalog(asset(["belo: amount"]))
    p.weir("validate").expect(2, "did you mean 'below'")
    p.catalog(asset(["valid_iban: nothing"]))
    p.json("check").expect(3)
    p.catalog(asset(["below: {column: amount, known: x}"]))
    p.weir("validate").expect(2, "known")


PROGRAM = """#!/usr/bin/env python3
import csv, json, sys, time
r = json.load(sys.stdin)
json.dump(r, open("seen.json", "w"))
rows = list(csv.DictReader(open(r["data"]["files"][0])))
bad = [(i, x["iban"]) for i, x in enumerate(rows) if x["iban"] and not x["iban"].startswith(r["kwargs"].get("prefix", "DE"))]
answer = {"success": not bad, "element_count": len(rows), "missing_count": sum(not x["iban"] for x in rows), "unexpected_count": len(bad),
          "partial_unexpected_list": [x for _, x in bad], "partial_unexpected_index_list": [i for i, _ in bad],
          "observed_value": len(bad), "message": "%d foreign" % len(bad)}
END
"""


def with_program(p, end, check="foreign: iban", timeout="5s"):
    p.program("checks/foreign.py", PROGRAM.replace("END", end))
    p.write("a.csv", DATA)
    p.catalog(asset([check], "  foreign:\n    params: {column: column, prefix: {type: text, default: DE}}\n"
                             "    exec: [checks/foreign.py]\n    timeout: %s\n" % timeout))


@test
def a_program_is_given_the_data_and_its_answer_is_judged(p):
    with_program(p, "print(json.dumps(answer))")
    r = p.json("check").expect(1)
    c = r.check("a:foreign:iban")
    same((c["outcome"], c["message"]), ("fail", "1 foreign"))
    same((c["result"]["element_count"], c["result"]["unexpected_count"]), (3, 1))
    same(c["result"]["partial_unexpected_list"], ["nope"])
    same(c["result"]["partial_unexpected_index_list"], [1])
    with open(p.path("seen.json"), encoding="utf-8") as f:
        seen = json.load(f)
    same((seen["expectation"], seen["kwargs"], seen["asset"]), ("foreign", {"column": "iban"}, "a"))
    same(seen["data"], {"format": "csv", "files": [os.path.realpath(p.path("a.csv"))]})


@test
def samples_of_a_program_are_masked_where_a_column_must_not_be_shown(p):
    with_program(p, "print(json.dumps(answer))")
    with open(p.path("weir.yaml"), encoding="utf-8") as f:
        text = f.read()
    p.catalog(text.replace("    path: a.csv\n", "    path: a.csv\n    columns: {iban: {type: string, pii: true}}\n").replace("version: 1\n", ""))
    r = p.json("check").expect(1)
    same(r.check("a:foreign:iban")["result"]["partial_unexpected_list"], ["***"])
    same(r.check("a:foreign:iban")["result"]["partial_unexpected_index_list"], [1])
    assert "nope" not in r.out, r.out


@test
def a_program_starts_in_the_catalogs_folder_wherever_weir_does(p):
    with_program(p, "print(json.dumps(answer))")
    p.json("-C", p.dir, "check", cwd="/").expect(1)
    assert os.path.exists(p.path("seen.json"))


@test
def an_edited_program_is_another_check(p):
    with_program(p, "print(json.dumps(dict(answer, success=True)))")
    with open(p.path("weir.yaml"), "a", encoding="utf-8") as f:
        f.write("  b: {depends_on: [a]}\n")
    p.weir("check").expect(0)
    p.weir("gate", "b").expect(0)
    with open(p.path("checks/foreign.py"), "a", encoding="utf-8") as f:
        f.write("# a word more\n")
    p.weir("gate", "b").expect(1, "unchecked")


@test
def a_program_that_gives_no_clear_answer_is_an_error(p):
    for end, part in (("sys.exit(3)", "status 3"), ("sys.exit('what a pity')", "what a pity"), ("print('yes')", "answered wrongly"),
                      ("pass", "answered wrongly"), ("print('{}')", "success"), ("print('{\"success\": \"yes\"}')", "success"),
                      ("print(json.dumps(dict(answer, unexpected_count=7)))", "do not add up"),
                      ("print(json.dumps(dict(answer, element_count=-1)))", "must be a count"),
                      ("print('x' * 2000000)", "more than"), ("import os; os.kill(os.getpid(), 9)", "signal 9"),
                      ("print(json.dumps(answer)); print('{}')", "answered wrongly"),
                      ("print(json.dumps(dict(answer, success=True))); sys.exit(1)", "status 1")):
        with_program(p, end)
        r = p.json("check").expect(3)
        c = r.check("a:foreign:iban")
        same(c["outcome"], "error", end)
        contains(c["message"] + json.dumps(c["error"]), part)


@test
def a_threshold_without_a_number_to_compare_is_an_error(p):
    for answer, status in (("success=True", 3), ("success=True, observed_value=None", 3), ("success=True, observed_value='7'", 3),
                           ("success=True, observed_value=5", 0), ("success=True, observed_value=6", 1), ("success=False", 1)):
        with_program(p, "print(json.dumps(dict(%s)))" % answer, check="{foreign: iban, fail: '> 5'}")
        p.json("check").expect(status)


@test
def a_bound_that_is_not_a_number_is_refused(p):
    p.write("a.csv", DATA)
    for check in ("below: {column: amount, limit: .nan}", "between: {column: amount, min: .nan, max: 5}",
                  "between: {column: amount, max: .NaN}", "mean: {column: amount, min: 0, max: .nan}",
                  "z_score: {column: amount, threshold: .nan, double_sided: true}",
                  "quantiles: {column: amount, quantile_ranges: {quantiles: [0.5], value_ranges: [[.nan, 1]]}}"):
        p.catalog(asset([check]))
        p.weir("check").expect(2, "NaN is none")
    p.catalog(asset(["below: amount"]).replace("default: 10", "default: .nan"))
    p.weir("check").expect(2, "is NaN, which is no value")


@test
def a_program_that_does_not_end_is_killed(p):
    with_program(p, "time.sleep(60)", timeout="1s")
    contains(p.json("check").expect(3).check("a:foreign:iban")["message"], "did not end within 1.0 s")


@test
def a_program_that_is_not_there_is_an_error(p):
    with_program(p, "pass")
    os.unlink(p.path("checks/foreign.py"))
    contains(p.json("check").expect(3).check("a:foreign:iban")["message"], "cannot run 'checks/foreign.py'")


@test
def a_program_may_warn_and_be_switched_off(p):
    with_program(p, "print(json.dumps(answer))", check="{foreign: iban, severity: warning}")
    same(p.json("check").expect(0).check("a:foreign:iban")["outcome"], "warn")
    with_program(p, "sys.exit(1)", check="{foreign: iban, enabled: false}\n      - not_null: amount")
    same(p.json("check").expect(0).check("a:foreign:iban")["outcome"], "skipped")
