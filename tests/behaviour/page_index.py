"""The page index of Parquet files: what is passed over by it changes no verdict, and one that lies is not believed."""
import os
import random
import sys

from project import contains, same, test

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import parquet_writer as pw  # noqa: E402

ROWS = 600
WHOLE = {"WEIR_MORSEL_BYTES": "100000000"}  # row groups are not cut, and pages of few rows count as those of many do
CHECKS = """
      - row_count_equal: 600
      - not_null: a
      - {name: some_nulls, not_null: b, where: "a > 50"}
      - between: {column: a, min: 20, max: 150}
      - {name: few, between: {column: a, min: 0, max: 160}, where: "b >= 'm' OR c IS NULL"}
      - in_set: {column: b, values: [k1, k2, m7, z]}
      - {name: either, expr: "a < 100 OR c > 3.5"}
      - {name: sum_c, sum: {column: c, min: 0, max: 1}, where: "a BETWEEN 60 AND 90"}
      - {name: mean_a, mean: {column: a, min: 0, max: 1}, where: "b < 'm'"}
      - min: {column: a, min: 1000}
      - {name: max_b, max: {column: b, max: "a"}, where: "a > 30"}
      - unique_count: {column: d, max: 1}
      - {name: unique_b, unique: b, where: "a < 70"}
      - not_null: c
      - {name: flag, expr: "d"}
      - length_between: {column: b, min: 2, max: 2}
"""


def table(seed):
    """Columns that rise, fall, jump or are null for a while, in pages of sizes of their own."""
    rnd = random.Random(seed)

    def pages():
        return rnd.choice([1, 7, 40, 64, 100])

    def some(make, nulls):
        gap = rnd.randrange(ROWS)
        return [None if nulls and (gap <= i < gap + 150 or rnd.random() < 0.02) else make(i) for i in range(ROWS)]

    slope = rnd.choice([-1, 0, 1])
    rising = [(i if slope > 0 else ROWS - i) // 4 + rnd.randrange(1 + 8 * (slope == 0)) for i in range(ROWS)]
    return [
        pw.Column("a", pw.INT64, some(lambda i: rising[i], rnd.random() < 0.5), page_rows=pages(), encoding=rnd.choice(["plain", "delta"])),
        pw.Column("b", pw.BYTE_ARRAY, some(lambda i: rnd.choice("km") + str(i // 70), rnd.random() < 0.7), logical="string", page_rows=pages(),
                  encoding=rnd.choice(["plain", "dict"])),
        pw.Column("c", pw.DOUBLE, some(lambda i: round(i / 100 + rnd.random(), 2), rnd.random() < 0.5), page_rows=pages(),
                  encoding=rnd.choice(["plain", "dict"])),
        pw.Column("d", pw.BOOLEAN, some(lambda i: i < 400, rnd.random() < 0.3), page_rows=pages()),
    ]


def results(p, *args, env=None):
    done = p.json("check", *args, env=dict(env or {}))
    return {i: {k: v for k, v in done.check("t:" + i).items() if k in ("outcome", "result", "message")} for i in (
        "row_count_equal", "not_null:a", "some_nulls", "between:a", "few", "in_set:b", "either", "flag", "sum_c", "mean_a", "min:a", "max_b", "unique_count:d",
        "unique_b", "not_null:c", "length_between:b")}


@test
def what_pages_are_passed_over_changes_no_verdict(p):
    p.catalog("assets:\n  t:\n    path: t.parquet\n    key: [a]\n    checks:" + CHECKS)
    for seed in range(8):
        columns = table(seed)
        pw.write(p.path("t.parquet"), columns, index=True, group_rows=(ROWS, 250)[seed % 2], version=1 + seed // 2 % 2, codec=("none", "gzip")[seed // 4])
        plain = results(p, "--threads", "1", env={"WEIR_METADATA": "off"})
        same({r["outcome"] for r in plain.values()} - {"pass", "fail"}, set(), plain)
        for threads, env in (("1", WHOLE), ("3", WHOLE), ("3", {"WEIR_MORSEL_BYTES": "900"}), ("1", {})):
            same(results(p, "--threads", threads, "--no-reuse", env=env), plain, "seed %d, %s threads, %s" % (seed, threads, env))
        a, b, c = (columns[k].values for k in range(3))
        same(plain["between:a"]["result"]["unexpected_count"], sum(v is not None and not 20 <= v <= 150 for v in a), seed)
        same(plain["some_nulls"]["result"]["unexpected_count"], sum(v is not None and v > 50 and w is None for v, w in zip(a, b)), seed)
        same(plain["not_null:c"]["result"]["unexpected_count"], c.count(None), seed)


@test
def rows_that_one_check_passes_over_are_counted_once_where_another_weighs_the_dictionary(p):
    # Pages in turn without a null and with some: the first are known from the index to whom it is enough, the entropy reads all.
    values = [None if i // 20 % 2 and i % 3 == 0 else "kmz"[i % 3] for i in range(ROWS)]
    p.catalog("assets:\n  t:\n    path: t.parquet\n    checks:\n      - {name: less, expr: \"b < 'n'\"}\n      - {name: worst, expr: \"b > 'zz'\"}\n"
              "      - {name: entropy, entropy: {column: b, max: -1}}\n")
    pw.write(p.path("t.parquet"), [pw.Column("b", pw.BYTE_ARRAY, values, logical="string", encoding="dict", stats="none")], index=True, page_rows=20)
    for env in (WHOLE, {"WEIR_METADATA": "off"}, {}):
        done = p.json("check", "--threads", "1", "--no-reuse", env=env)
        for name, bad in (("less", values.count("z")), ("worst", ROWS - values.count(None))):
            got = done.check("t:" + name)["result"]
            same((got["missing_count"], got["unexpected_count"]), (values.count(None), bad), (name, env))
    contains(p.weir("check", "--threads", "1", "--no-reuse", "--explain", env=WHOLE).out, "of 600 rows known from the page index")


def weighed(rnd, texts):
    """Checks that weigh the entries of a dictionary, or pages by their bounds, or both; each tells a number."""
    def where():
        return rnd.choice(["", ", where: \"id %s %d\"" % (rnd.choice(["<", ">="]), rnd.randrange(ROWS)), ", where: \"b %s '%s'\"" % (rnd.choice("<>"), rnd.choice(texts))])

    makes = [
        lambda: 'expr: "b %s \'%s\'"' % (rnd.choice(["<", ">", "=", "<>"]), rnd.choice(texts)),
        lambda: 'in_set: {column: b, values: ["%s"]}' % '", "'.join(rnd.sample(texts, rnd.randint(1, len(texts)))),
        lambda: "entropy: {column: b, max: -1}",
        lambda: "unique_count: {column: b, max: -1}",
        lambda: "not_null: b",
        lambda: "mean: {column: n, max: -1000}",
        lambda: "sum: {column: n, max: -100000}",
        lambda: "max: {column: n, max: -1000}",
        lambda: "between: {column: n, min: %d}" % rnd.randrange(9),
        lambda: "entropy: {column: n, max: -1}",
        lambda: "unique: n",
    ]
    bodies = dict.fromkeys(rnd.choice(makes)() + where() for _ in range(rnd.randint(2, 9)))
    return ["{name: c%d, %s}" % c for c in enumerate(bodies)]


@test
def weighing_and_passing_over_agree_with_reading_all_whatever_the_morsels(p):
    """Of metrics that share the counts of a column's entries, each passes over pages of its own, and morsels end anywhere."""
    for seed in range(30):
        rnd = random.Random(seed)
        texts = [chr(ord("a") + i) * rnd.randint(1, 3) for i in range(rnd.randint(1, 5))]
        run = rnd.choice([1, 5, 20, 60])  # as long as, shorter or longer than pages: whole pages are of one text, or without nulls, or nulls only
        nulls, ordered = rnd.choice([0, 0.2, 0.5]), rnd.random() < 0.5
        blocks = [None if rnd.random() < nulls else i * len(texts) * run // (ROWS + 1) % len(texts) if ordered else rnd.randrange(len(texts)) for i in range(ROWS // run + 1)]
        of = [blocks[i // run] for i in range(ROWS)]
        few = [None if rnd.random() < nulls / 4 else of[i] for i in range(ROWS)]
        numbers = [None if k is None else k * 3 for k in of]
        columns = [pw.Column("id", pw.INT64, list(range(ROWS)), page_rows=rnd.choice([10, 50])),
                   pw.Column("b", pw.BYTE_ARRAY, [None if k is None else texts[k] for k in few], logical="string", encoding="dict", stats=rnd.choice(["full", "none"]),
                             page_rows=rnd.choice([1, 10, 20, 37])),
                   pw.Column("n", pw.INT64, numbers, encoding="dict", stats=rnd.choice(["full", "none"]), page_rows=rnd.choice([10, 20, 64]))]
        pw.write(p.path("t.parquet"), columns, index=True, group_rows=rnd.choice([ROWS, 170]), version=1 + seed % 2)
        checks = weighed(rnd, texts)
        p.catalog("assets:\n  t:\n    path: t.parquet\n    checks:\n" + "".join("      - %s\n" % c for c in checks))

        def numbers_of(env, threads="1"):
            done = p.json("check", "--threads", threads, "--no-reuse", env=env)
            assert done.out, done.err
            return {c["id"]: (c["outcome"], c["result"], c.get("message")) for c in done.asset("t")["checks"]}

        plain = numbers_of({"WEIR_METADATA": "off", "WEIR_MORSEL_BYTES": "100000000"})
        assert all("t:c%d" % i in plain for i in range(len(checks))), plain
        same({r[0] for r in plain.values()} - {"pass", "fail"}, set(), plain)
        for threads, env in (("1", WHOLE), ("3", WHOLE), ("2", {"WEIR_MORSEL_BYTES": "2000"}), ("1", {"WEIR_MORSEL_BYTES": "300"}), ("1", {"WEIR_MORSEL_BYTES": "7"}), ("2", {})):
            same(numbers_of(env, threads), plain, "seed %d, %s threads, %s" % (seed, threads, env))


def explain(p, checks, env=WHOLE):
    p.catalog("assets:\n  t:\n    path: t.parquet\n    checks: %s\n" % checks)
    return p.json("check", "--explain", "--no-reuse", env=env).asset("t")["explain"]


def rising(**index):
    return [pw.Column("a", pw.INT64, list(range(100)), **index), pw.Column("b", pw.INT64, list(range(100)), **index)]


@test
def explain_tells_what_the_page_index_did(p):
    pw.write(p.path("t.parquet"), rising(), index=True, page_rows=10)
    text = explain(p, "[{between: {column: a, min: 15, max: 1000}}, {name: x, mean: {column: b, min: 0, max: 100}, where: 'a >= 75'}]")
    contains(text, "count_true(a < 15 OR a > 1000): read, 90 of 100 rows known from the page index")
    contains(text, "mean(b) where a >= 75: read, 70 of 100 rows known from the page index")
    contains(text, " pages passed over by the page index")
    pw.write(p.path("t.parquet"), rising(), page_rows=10)
    assert "page index" not in explain(p, "[{between: {column: a, min: 15, max: 1000}}]")


LIES = {
    "fewer pages than there are": {1: ("list", ("bool", [False] * 9))},
    "bounds that do not rise as is said": {2: ("list", ("binary", [i.to_bytes(8, "little") for i in range(9, -1, -1)]))},
    "no order named": {4: None},
    "more nulls than rows": {5: ("list", ("i64", [11] + [0] * 9))},
    "nulls in a column that has none": {1: ("list", ("bool", [True] + [False] * 9))},
    "lists of another type": {2: ("list", ("i64", list(range(10))))},
    "a place beyond the chunk": {"offsets": lambda p: p[:-1] + [(p[-1][0] + 100000, p[-1][1], p[-1][2])]},
    "places in another order": {"offsets": lambda p: p[::-1]},
    "pages that begin at one row": {"offsets": lambda p: [(at, n, 0) for at, n, _ in p]},
    "no places at all": {"offsets": lambda p: []},
    "rows beyond the group": {"offsets": lambda p: p[:-1] + [(p[-1][0], p[-1][1], 100)]},
}


@test
def an_index_that_contradicts_itself_is_not_believed(p):
    for what, index in LIES.items():
        pw.write(p.path("t.parquet"), rising(index=index), index=True, page_rows=10)
        text = explain(p, "[{between: {column: a, min: 15, max: 1000}}]")
        assert "page index" not in text, what + text
        same(p.json("check", env=WHOLE).check("t:between:a")["result"]["unexpected_count"], 15, what)


@test
def bounds_of_pages_that_are_left_out_or_cut_are_no_values(p):
    """Texts cut short, as writers do: no value is the bound, so the least and the greatest have to be read."""
    texts = ["abc%03d" % i for i in range(100)]
    least, most = [t[:4].encode() for t in texts[::10]], [b"abd"] * 10
    cut = {2: ("list", ("binary", least)), 3: ("list", ("binary", most)), 4: ("i32", 0), 5: None}
    pw.write(p.path("t.parquet"), [pw.Column("a", pw.BYTE_ARRAY, texts, logical="string", stats="none", index=cut)], index=True, page_rows=10)
    p.catalog("assets:\n  t:\n    path: t.parquet\n    checks: [{min: {column: a, min: abc000}}, {max: {column: a, max: abc099}}, {not_null: a}, "
              "{expr: \"a < 'abd'\"}, {expr: \"a > 'abc'\", name: above}]\n")
    for how in (WHOLE, {"WEIR_METADATA": "off"}):
        p.weir("check", "--no-reuse", env=how).expect(0)


@test
def a_page_that_is_not_where_the_index_says_is_an_error(p):
    """The places tell of rows that the page does not have: nobody knows which rows these are."""
    shifted = {"offsets": lambda p: [(at, n, row + (5 if k > 7 else 0)) for k, (at, n, row) in enumerate(p)]}
    pw.write(p.path("t.parquet"), rising(index=shifted), index=True, page_rows=10)
    p.catalog("assets:\n  t:\n    path: t.parquet\n    checks: [{between: {column: a, min: 0, max: 75}}]\n")
    contains(p.weir("check", env=WHOLE).expect(3).out, "it has other rows than the page index says")
