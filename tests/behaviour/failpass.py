"""Ways to be told that all is well when it is not.  None of them may work."""
from project import contains, same, test

EVERYTHING = ["between: {column: a, min: 0, max: 10}", "in_set: {column: a, values: [1, 2]}", "unique: a", "match_regex: {column: a, regex: '^[0-9]$'}",
              "not_null: a", "max: {column: a, max: 5}", "mean: {column: a, min: 0, max: 5}", "expr: 'a > 0'"]


def status(p, csv, checks, *words, **how):
    return p.check(csv, checks, *words, **how).status


@test
def data_without_rows(p):
    for csv in ("a,s\n", "a,s\n\n\n"):
        same((csv, status(p, csv, ["between: {column: a, min: 0}"])), (csv, 1))
    p.sqlite("t.db", "CREATE TABLE t (a INTEGER)")
    p.catalog("assets: {t: {source: 'sqlite:t.db', table: t, checks: [unique: a]}}\n")
    p.weir("check").expect(1, "no rows")


@test
def a_column_of_nulls(p):
    done = p.check("a,s\n,x\n,x\n", EVERYTHING).expect(1)
    o = done.outcomes()
    same((o["t:not_null:a"], o["t:max:a"], o["t:mean:a"]), ("fail", "fail", "fail"))
    contains(done.check("t:between:a")["message"], "no values")


@test
def a_column_that_is_not_there(p):
    for columns in ("", "a: integer"):
        done = p.check("b,s\n1,x\n", EVERYTHING, columns=columns).expect(3)
        same({k: v for k, v in done.outcomes().items() if v != "error"}, {"t:not_empty": "pass", "t:well_formed": "pass"})
    # Declared and gone, though no check asks for it.
    same(status(p, "b,s\n1,x\n", ["not_null: b"], columns="a: integer") != 0, True)
    same(status(p, "b,s\n1,x\n", ["column_exists: a"]), 1)
    same(status(p, "A,s\n1,x\n", ["not_null: a"]), 3)  # case matters


@test
def a_filter_with_a_typo(p):
    for where in ("aa > 100", "s = paid", "a = 'x'", "a like 5", "missing(a)", "a", "s ~ '('"):
        s = status(p, "a,s\n1,paid\n", ['{not_null: a, where: "%s"}' % where], columns="a: integer, s: string")
        same((where, s in (2, 3)), (where, True))


@test
def a_filter_that_cannot_be_computed_in_some_row(p):
    done = p.check("a,b\n1,1\n2,x\n", ['{not_null: a, where: "b > 0"}'], columns="b: integer")
    assert done.status != 0, done.out
    done = p.check("a,b\n1,9223372036854775807\n", ['{not_null: a, where: "b + 1 > 0"}'], columns="b: integer")
    same(done.outcomes()["t:not_null:a"], "error")


@test
def a_value_that_does_not_fit_its_type(p):
    for value in ("abc", "9223372036854775808", "1.5", " 1", "0x10", "１"):
        done = p.check("a,s\n1,x\n%s,x\n" % value, ["between: {column: a, min: 0}", "{between: {column: a, min: 0}, where: 'a > 0', name: w}"], columns="a: integer")
        assert done.status != 0 and done.outcomes()["t:type:a"] == "fail", (value, done.out)
        assert done.outcomes()["t:between:a"] != "pass", (value, done.out)


@test
def not_a_number(p):
    same(status(p, "a\n1\nNaN\n", ["not_null: a"], columns="a: number"), 1)
    done = p.check("a\nNaN\nnan\n", ["max: {column: a, max: 5}", "mean: {column: a, min: 0, max: 5}", "expr: 'a = a'"], columns="a: number")
    assert done.status != 0, done.out
    same(status(p, "a\n1\ninf\n", ["between: {column: a, max: 10}"], columns="a: number"), 1)
    same(status(p, "a\n1\n-inf\n", ["min: {column: a, min: 0}"], columns="a: number"), 1)
    p.sqlite("t.db", "CREATE TABLE t (a REAL)", "INSERT INTO t VALUES (9e999)")
    p.catalog("assets: {t: {source: 'sqlite:t.db', table: t, checks: [between: {column: a, max: 10}]}}\n")
    p.weir("check").expect(1)


@test
def texts_that_are_not_utf8(p):
    done = p.check(b"s\nok\n\xff\xfe\n", ["match_regex: {column: s, regex: '^.+$'}"])
    assert done.status != 0, done.out
    done = p.check(b"s\nbad\xff\n", ["not_match_regex: {column: s, regex: 'bad'}"])
    assert done.status != 0, done.out
    done = p.check(b"s\n\xc3\xa9\xff\xff\xff\xff\n", ["value_lengths_between: {column: s, max: 2}"])
    assert done.status != 0, done.out


@test
def a_pattern_that_takes_for_ever(p):
    csv = "s\n" + "a" * 60 + "!\n"
    same(p.check(csv, ["match_regex: {column: s, regex: '^(a+)+$'}"]).expect(3).outcomes()["t:match_regex:s"], "error")
    same(p.check(csv, ["not_match_regex: {column: s, regex: '^(a+)+$'}"]).expect(3).outcomes()["t:not_match_regex:s"], "error")


@test
def numbers_as_texts_and_texts_as_numbers(p):
    same(status(p, "a\n10\n9\nx\n", ["between: {column: a, max: 5}"]) != 0, True)
    same(status(p, "a\n10\n", ["in_set: {column: a, values: ['10']}"]), 1)
    p.sqlite("t.db", "CREATE TABLE t (a)", "INSERT INTO t VALUES (1), ('abc')")
    p.catalog("assets: {t: {source: 'sqlite:t.db', table: t, checks: [between: {column: a, max: 5}]}}\n")
    assert p.weir("check").status != 0
    p.sqlite("u.db", "CREATE TABLE t (a INTEGER)", "INSERT INTO t VALUES (1), ('abc'), (x'00')")
    p.catalog("assets: {t: {source: 'sqlite:u.db', table: t, checks: [between: {column: a, max: 5}]}}\n")
    assert p.weir("check").status != 0


@test
def precision_that_hides_a_difference(p):
    same(status(p, "a\n9007199254740993\n", ["in_set: {column: a, values: [9007199254740992]}"]), 1)
    same(status(p, "a\n0.30000000000000004\n", ["in_set: {column: a, values: [0.3]}"]), 1)
    same(status(p, "a\n9007199254740992\n9007199254740993\n", ["unique: a"]), 0)
    same(status(p, "a\n10.000000000000000001\n", ["between: {column: a, max: 10}"], columns="a: 'decimal(38,18)'"), 1)


@test
def mostly_and_thresholds_at_their_ends(p):
    same(status(p, "a,b\n1,\n,\n", ["{not_null: a, mostly: 0.51}"]), 1)
    same(status(p, "a,b\n1,\n,\n", ["{not_null: a, mostly: 0.5}"]), 0)
    same(status(p, "a,b\n1,\n,\n", ["{not_null: a, mostly: 0}"]), 0)
    same(status(p, "a,b\n1,\n,\n", ["{not_null: a, fail: '> 50%'}"]), 0)
    same(status(p, "a,b\n1,\n,\n", ["{not_null: a, fail: '>= 50%'}"]), 1)
    # One of three hundred is not 0 %, whatever is printed.
    rows = "a,b\n" + "1,\n" * 99999 + ",\n"
    same(status(p, rows, ["not_null: a"]), 1)
    same(status(p, rows, ["{not_null: a, mostly: 0.99999}"]), 0)
    same(status(p, rows, ["{not_null: a, mostly: 0.999991}"]), 1)
    contains(p.weir("check").out, "1 of 100000")


@test
def selectors_that_leave_nothing_to_judge(p):
    for words in (("check:nothing",), ("t,tag:x",), ("!t",), ("T",)):
        same((words, status(p, "a\n1\n", ["not_null: a"], *words)), (words, 2))


@test
def an_asset_whose_checks_were_taken_away(p):
    p.write("t.csv", "a,b\n,1\n")
    p.catalog("defaults: [{match: '*', checks: [not_null: a]}]\nassets: {t: {path: t.csv, checks: off}}\n")
    p.weir("check").expect(2)


@test
def a_second_look_that_finds_another_file(p):
    """A part that is replaced by a worse one of the same size and time is seen where the version is made of the content."""
    p.write("in/1.csv", "a,b\n1,1\n", at=60)
    p.write("in/2.csv", "a,b\n2,1\n", at=60)
    p.catalog("assets: {t: {path: 'in/*.csv', version: {from: content}, checks: [not_null: a]}, m: {depends_on: [t]}}\n")
    p.weir("check").expect(0)
    p.weir("gate", "m").expect(0)
    p.write("in/2.csv", "a,b\n,11\n", at=60)
    p.weir("gate", "m").expect(1)
    p.weir("gate", "m", "--run").expect(1, "null")


@test
def a_part_that_comes_later(p):
    p.write("in/1.csv", "a,b\n1,1\n", at=60)
    p.catalog("assets: {t: {path: 'in/*.csv', checks: [not_null: a]}, m: {depends_on: [t]}}\n")
    p.weir("check").expect(0)
    p.weir("gate", "m").expect(0)
    p.write("in/0.csv", "a,b\n,1\n", at=6000)
    p.weir("gate", "m").expect(1)


@test
def limits_that_are_met(p):
    rows = "a\n" + "".join("%d\n" % i for i in range(200000)) + "5\n"
    done = p.check(rows, ["unique: a"], "--memory", "1MB")
    assert done.outcomes()["t:unique:a"] in ("fail", "error"), done.out
    p.write("t.csv", rows)
    p.catalog("sources: {lake: {url: 'file:.', limits: {bytes: 1KB}}}\nassets: {t: {source: lake, path: t.csv, checks: [not_null: a]}}\n")
    p.weir("check").expect(3)


@test
def a_table_whose_rows_are_filtered_away(p):
    p.sqlite("t.db", "CREATE TABLE t (a INTEGER, day TEXT)", "INSERT INTO t VALUES (1, '2024-05-08')")
    p.catalog("""assets:
  t: {source: 'sqlite:t.db', table: t, where: "day = {day}", partitions: {day: {every: day, from: 2024-05-08}}, checks: [not_null: a]}
""")
    p.weir("check").expect(0)
    done = p.json("check", "--partition", "2024-05-08..2024-05-09")
    assert done.status in (1, 3), done.out


@test
def expressions_that_say_nothing(p):
    for e in ("a", "1", "'x'"):
        same((e, status(p, "a\n1\n", ['expr: "%s"' % e]) in (2, 3)), (e, True))
    # Null is not false; what is judged says so.
    contains(p.check("a,b\n1,\n", ["expr: 'a > b'"]).check("t:expr")["message"], "no values")


@test
def columns_that_nobody_expects(p):
    """As in Great Expectations a set of columns is exact unless it says otherwise."""
    for check, expected in (("columns_set: [a]", 1), ("columns_set: [b, a]", 0), ("columns_set: {columns: [a], exact_match: true}", 1),
                            ("columns_set: {columns: [a], exact_match: false}", 0), ("columns_set: {columns: [a], exact_match: null}", 0),
                            ("columns_set: {columns: [a, b, c], exact_match: false}", 1), ("columns: [b, a]", 1), ("columns: [a]", 1)):
        same((check, status(p, "a,b\n1,2\n", [check])), (check, expected))
    # Not the same check: the verdict on one says nothing of the other.
    p.check("a,b\n1,2\n", ["columns_set: {columns: [a], exact_match: false}", "columns_set: [a]"]).expect(1)
