"""Rows held against their neighbours once they are sorted: ranges that must not overlap, values that rise by another column.  SQLite's windows count, too."""
import random
import sqlite3

from project import contains, same, test

# The order in which a row has its neighbours: nulls behind everything.
BY = "g IS NULL, g, lo IS NULL, lo, hi IS NULL, hi"
RANGES = """SELECT COUNT(*) FROM (SELECT lo, hi, LEAD(lo) OVER w AS next, LEAD(i) OVER w IS NULL AS last FROM t
    WINDOW w AS (%s ORDER BY lo IS NULL, lo, hi IS NULL, hi))
    WHERE NOT (COALESCE(lo %s hi, 0) AND COALESCE(hi %s next, last, 0))"""
ORDER = """SELECT COUNT(*) FROM (SELECT v, LAG(v) OVER (%s ORDER BY s) AS p FROM t %s) WHERE p IS NOT NULL AND NOT v %s p"""
GAPS = {"allowed": "<=", "not_allowed": "=", "required": "<"}


def table(p, seed, n):
    """Rows of few values, so that ranges touch, repeat and overlap; s is another for each."""
    r = random.Random(seed)
    gaps = r.choice([0, 0.15])

    def some(values):
        return None if r.random() < gaps else r.choice(values)

    rows, end = [], 0
    sorts = r.sample(range(1000), n)
    chained = r.random() < 0.4
    for i in range(n):
        lo = end if chained else some(range(30))
        hi = None if lo is None else some([lo + d for d in ((1, 2) if chained else (0, 1, 2, 3, -1))])
        end = hi or end
        rows.append((i, some("xyz") if not chained else "x", lo, hi, sorts[i], some(range(20)) if r.random() < 0.7 else sorts[i]))
    r.shuffle(rows)
    db = sqlite3.connect(p.path("t%d.db" % seed))
    db.execute("CREATE TABLE t (i INTEGER, g TEXT, lo INTEGER, hi INTEGER, s INTEGER, v INTEGER)")
    db.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", rows)
    db.commit()
    p.write("t%d.csv" % seed, "i,g,lo,hi,s,v\n" + "".join(",".join("" if v is None else str(v) for v in row) + "\n" for row in rows))
    return db


def checks():
    """YAML of a check, and the query that counts its rows."""
    for gaps, op in GAPS.items():
        for zero in (False, True):
            for part in ("", "g"):
                yield ("exclusive_ranges: {lower: lo, upper: hi, gaps: %s, zero_length: %s%s}" % (gaps, str(zero).lower(), ", partition_by: [g]" if part else ""),
                       RANGES % ("PARTITION BY g" if part else "", "<=" if zero else "<", op))
    for name, op in (("increasing", ">"), ("decreasing", "<")):
        for strictly in (False, True):
            for part in ("", "PARTITION BY g"):
                for breaks in (False, True):
                    yield ("%s: {column: v, sort_column: s, strictly: %s, null_breaks: %s%s}" % (name, str(strictly).lower(), str(breaks).lower(), ", partition_by: [g]" if part else ""),
                           ORDER % (part, "" if breaks else "WHERE v IS NOT NULL", op + ("" if strictly else "=")))


SUITE = "".join("  - %s\n    name: c%d\n" % (text, i) for i, (text, _) in enumerate(checks()))


@test
def rows_beside_the_wrong_neighbour_are_those_that_windows_of_sql_find(p):
    p.write("s.yml", "checks:\n" + SUITE)
    seen = set()
    for seed in range(12):
        db = table(p, seed, (0, 1, 2, 5, 12, 40)[seed % 6])
        want = [db.execute(query).fetchone()[0] for _, query in checks()]
        for source in (["t%d.csv" % seed], ["t%d.db" % seed, "--table", "t"]):
            done = p.json("check", "--source", *source, "--suite", "s.yml").json
            got = {c["id"].split(":")[-1]: c for a in done["assets"] for c in a["checks"]}
            for i, (text, _) in enumerate(checks()):
                c = got["c%d" % i]
                same((c["outcome"], c["result"].get("unexpected_count")), ("fail" if want[i] else "pass", want[i]), (source, text, c["message"]))
                seen.add((i, c["outcome"]))
    # Each of them was met, and each was not.
    same(len(seen), 2 * len(want))


@test
def rows_that_overlap_are_shown_and_quarantined(p):
    p.write("t.csv", "k,a,b\nx,2026-01-01,2026-02-01\nx,2026-01-15,2026-03-01\ny,2026-01-01,2026-02-01\ny,2026-02-01,\n")
    p.catalog("""assets:
  t:
    path: t.csv
    columns: {a: date, b: date}
    quarantine: {to: bad.csv}
    checks:
      - exclusive_ranges: {lower: a, upper: "coalesce(b, date '9999-12-31')", partition_by: k}
""")
    c = p.json("check", "t").json["assets"][0]["checks"][0]
    same((c["outcome"], c["result"]["unexpected_count"]), ("fail", 1))
    contains(c["message"], "1 of 4 ranges overlap the next one")
    same(c["result"]["partial_unexpected_list"], [{"k": "x", "a": "2026-01-01", "b": "2026-02-01"}])
    contains(open(p.path("bad.csv"), encoding="utf-8").read(), "x,2026-01-01,2026-02-01")


@test
def order_by_another_column_is_refused_where_it_cannot_be_meant(p):
    for text, said in (("increasing: {column: v, partition_by: [g]}", "partition_by needs sort_column"),
                       ("increasing: {column: v, null_breaks: true}", "null_breaks needs sort_column"),
                       ("exclusive_ranges: {lower: lo}", "upper"),
                       ("exclusive_ranges: {lower: lo, upper: hi, gaps: some}", "some")):
        p.write("s.yml", "checks:\n  - %s\n" % text)
        p.write("t.csv", "g,lo,hi,s,v\nx,1,2,3,4\n")
        done = p.weir("check", "--source", "t.csv", "--suite", "s.yml")
        same(done.status in (2, 3), True, (text, done.out, done.err))
        contains(done.out + done.err, said)


@test
def values_that_have_no_order_are_an_error_and_no_pass(p):
    p.write("t.jsonl", '{"a": 1, "b": "x"}\n{"a": "y", "b": 2}\n')
    for text in ("exclusive_ranges: {lower: a, upper: b}", "increasing: {column: b, sort_column: a}"):
        p.write("s.yml", "checks:\n  - %s\n    name: c\n" % text)
        done = p.json("check", "--source", "t.jsonl", "--suite", "s.yml").expect(3).json
        same([c["outcome"] for c in done["assets"][0]["checks"] if c["id"].split(":")[-1] == "c"], ["error"])


@test
def a_wall_clock_beside_an_instant_is_in_the_zone_of_its_column(p):
    # The wall clocks are 05:30, 05:50 and 06:20 in UTC; without their zone each is hours before its instant.
    p.write("t.csv", "a,b\n2026-01-01T05:10:00Z,2026-01-01 00:30:00\n2026-01-01T05:40:00Z,2026-01-01 00:50:00\n2026-01-01T06:10:00Z,2026-01-01 01:20:00\n")
    p.catalog("""assets:
  t:
    path: t.csv
    columns: {a: timestamptz, b: {type: timestamp, timezone: America/New_York}}
    checks:
      - {exclusive_ranges: {lower: a, upper: b}, name: apart}
      - {exclusive_ranges: {lower: b, upper: a}, name: backwards}
      - {exclusive_ranges: {lower: b, upper: a}, where: "a < timestamp '2026-01-01 05:20:00'", name: one}
""")
    checks = {c["id"].split(":")[-1]: c for c in p.json("check", "t").json["assets"][0]["checks"]}
    same({k: (c["outcome"], c["result"]["unexpected_count"]) for k, c in checks.items() if k in ("apart", "backwards", "one")},
         {"apart": ("pass", 0), "backwards": ("fail", 3), "one": ("fail", 1)})


@test
def spellings_that_differ_in_case_are_counted(p):
    p.write("t.csv", "w\nParis\nparis\nPARIS\nRome\n\"\"\nrome \n")
    for text, outcome in (("consistent_case: w", "fail"), ("consistent_case: w\n    where: w <> 'PARIS' AND w <> 'Paris'", "pass"),
                          ("consistent_case: w\n    fail: \"> 2\"", "pass"), ("consistent_case: w\n    fail: \"> 1\"", "fail")):
        p.write("s.yml", "checks:\n  - %s\n    name: c\n" % text)
        c = [c for c in p.json("check", "--source", "t.csv", "--suite", "s.yml").json["assets"][0]["checks"] if c["id"].split(":")[-1] == "c"][0]
        same((c["outcome"], text), (outcome, text))
    p.write("s.yml", "checks:\n  - consistent_case: w\n")
    contains(p.weir("check", "--source", "t.csv", "--suite", "s.yml").out, "have")


SAME = """assets:
  a:
    path: a.csv
    allow_empty: true
    columns: {n: integer}
    checks:
      - same_rows: {to: b}
        name: all
      - same_rows: {to: b, columns: [n]}
        name: some
      - same_rows: {to: b, exclude: [W]}
        name: but
      - same_rows: b
        name: few
        fail: "> 1"
  b: {path: b.%s, allow_empty: true, columns: {n: integer}}
"""


@test
def rows_are_those_of_another_asset_as_except_says(p):
    r = random.Random(5)
    seen = set()
    for turn in range(14):
        sides = [[(r.choice([None, 1, 2]), r.choice(["x", "y", None])) for _ in range(r.choice([0, 1, 4, 9]))] for _ in range(2)]
        if turn % 3 == 0:
            sides[1] = sides[0] + sides[0][:2]
        # In another order, and of another kind.
        p.write("a.csv", "n,w\n" + "".join("%s,%s\n" % tuple("" if v is None else v for v in row) for row in sides[0]))
        kind = "csv" if turn % 2 else "jsonl"
        lines = [row[::-1] for row in sides[1]]
        if kind == "csv":
            p.write("b.csv", "w,n\n" + "".join("%s,%s\n" % tuple("" if v is None else v for v in row) for row in lines))
        else:
            p.write("b.jsonl", "".join('{"w": %s, "n": %s}\n' % tuple("null" if v is None else '"%s"' % v if isinstance(v, str) else v for v in row) for row in lines))
        if kind == "jsonl" and not lines:
            continue
        p.catalog(SAME % kind)
        mine, theirs = (set(s) for s in sides)
        numbers = [{row[0] for row in s} for s in sides]
        want = {"all": len(mine ^ theirs), "some": len(numbers[0] ^ numbers[1]), "but": len(numbers[0] ^ numbers[1]), "few": len(mine ^ theirs)}
        for c in p.json("check", "a").json["assets"][0]["checks"]:
            name = c["id"].split(":")[-1]
            if name in want:
                fails = want[name] > (1 if name == "few" else 0)
                same((c["outcome"], c["result"].get("observed_value")), ("fail" if fails else "pass", want[name]), (turn, name, c["message"]))
                seen.add((name, fails))
    same(len(seen), 8)


@test
def rows_of_tables_with_other_columns_cannot_be_compared(p):
    p.write("a.csv", "n,w\n1,x\n")
    p.write("b.csv", "n,v\n1,x\n")
    p.catalog("assets:\n  a:\n    path: a.csv\n    checks:\n      - same_rows: b\n        name: all\n      - same_rows: {to: b, exclude: [w, v]}\n        name: some\n  b: {path: b.csv}\n")
    checks = [c for c in p.json("check", "a").json["assets"][0]["checks"] if not c["implicit"]]
    same([c["outcome"] for c in checks], ["error", "pass"])
    contains(checks[0]["message"], "the rows of 'b'", "column")


@test
def very_many_wrong_neighbours_are_counted_shown_in_part_and_quarantined_whole(p):
    """More than a sample is chosen among; the limit of memory is far above."""
    n = 300000
    p.write("t.csv", "s,v\n" + "".join("%d,%d\n" % (i, n - i) for i in range(n)))
    text = "assets:\n  t:\n    path: t.csv\n%s    checks: [{increasing: {column: v, sort_column: s}}]\n"
    for quarantine in ("", "    quarantine: {to: bad.csv}\n"):
        p.catalog(text % quarantine)
        check = next(c for c in p.json("check").expect(1).asset("t")["checks"] if "increasing" in c["id"])
        same(check["result"]["unexpected_count"], n - 1)
        same(len(check["result"]["partial_unexpected_list"]), 20)
    with open(p.path("bad.csv"), encoding="utf-8") as f:
        same(sum(1 for _ in f), n, "a header, and all rows but the first")
