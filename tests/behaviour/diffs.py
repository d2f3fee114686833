"""weir diff: what it counts is what Python counts, over random edits, between any two formats, in little memory and with any threads."""
import json
import os
import random
import sqlite3
import sys

from project import contains, same, test

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import parquet_writer as pq  # noqa: E402

NAMES = ("id", "word", "n", "amount", "flag", "day")
DAY0 = 19700


def random_rows(r, n):
    """Distinct ids in any order, with nulls, long texts and what looks like something else."""
    words = ["paid", "open", "", "null", "a,b", 'say "x"', "한국", "x" * 300, " x", "1"]
    ids = r.sample(range(10 * n), n)
    return [[i, r.choice(words + [None]), r.choice([None, r.randrange(-5, 5), r.randrange(1 << 60)]),
             r.choice([None, r.randrange(-4000, 4000) / 16, 1e15 + 0.5]), r.choice([True, False, None]),
             r.choice([None, DAY0 + r.randrange(400)])] for i in ids]


def edit(r, rows):
    """Another table made of this one: rows gone, new, changed."""
    out = [list(row) for row in rows if r.random() > 0.02]
    fresh = random_rows(r, 1 + len(rows) // 40)
    out += [[row[0] + 100 * len(rows)] + row[1:] for row in fresh]
    for row in out:
        if r.random() < 0.05:
            for k in r.sample(range(1, len(NAMES)), r.randrange(1, 3)):
                row[k] = random_rows(r, 1)[0][k]
    r.shuffle(out)
    return out


def iso(day):
    import datetime
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=day)).isoformat()


def csv_cell(v):
    if v is None:
        return ""
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, str):
        return '"' + v.replace('"', '""') + '"'
    return repr(v)


def as_text(row):
    return [iso(v) if k == 5 and v is not None else v for k, v in enumerate(row)]


def write(p, name, rows):
    """By the ending; returns the words of the command line for side s."""
    path = p.path(name)
    if name.endswith(".csv"):
        with open(path, "w") as f:
            f.write(",".join(NAMES) + "\n" + "".join(",".join(map(csv_cell, as_text(r))).replace('"\n', '"\n') + "\n" for r in rows))
    elif name.endswith(".jsonl"):
        with open(path, "w") as f:
            f.writelines(json.dumps(dict(zip(NAMES, as_text(r)))) + "\n" for r in rows)
    elif name.endswith(".db"):
        db = sqlite3.connect(path)
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT, n INTEGER, amount REAL, flag BOOLEAN, day DATE)")
        db.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", map(as_text, rows))
        db.commit()
        db.close()
    else:
        kinds = (pq.INT64, pq.BYTE_ARRAY, pq.INT64, pq.DOUBLE, pq.BOOLEAN, pq.INT32)
        logical = (None, "string", None, None, None, "date")
        pq.write(path, [pq.Column(n, k, [r[i] for r in rows], logical=l, optional=True)
                        for i, (n, k, l) in enumerate(zip(NAMES, kinds, logical))], group_rows=700)


def differ(a, b):
    return (a is None) != (b is None) or a != b


def expected(a, b):
    """By key: (equal, changed, gone, new), and how many rows changed by column."""
    x, y = {r[0]: r for r in a}, {r[0]: r for r in b}
    both = x.keys() & y.keys()
    columns = {n: sum(differ(x[k][i], y[k][i]) for k in both) for i, n in enumerate(NAMES)}
    changed = sum(any(differ(u, v) for u, v in zip(x[k], y[k])) for k in both)
    return {"equal": len(both) - changed, "within_tolerance": 0, "changed": changed, "only_in_a": len(x.keys() - both),
            "only_in_b": len(y.keys() - both)}, columns


def without_empty(rows):
    """CSV has no empty texts beside null."""
    return [[None if v == "" else v for v in r] for r in rows]


def words(a, b):
    return [a, b] + sum((["--table-%s" % s, "t"] for s, f in (("a", a), ("b", b)) if f.endswith(".db")), [])


def compare(p, a, b, *args):
    return p.json("diff", *words(a, b), *args)


def check_samples(d, a, b, limit):
    """What is shown is what there is."""
    x, y = {r[0]: as_text(r) for r in a}, {r[0]: as_text(r) for r in b}

    def shown(v, k):
        return v if k != 4 or v is None else int(v)

    for k, c in enumerate(d["columns"]):
        same(len(c["changes"]), min(limit, c["changed"]), c["name"])
        for s in c["changes"]:
            key = s["key"]["id"]
            same((shown(s["a"], k), shown(s["b"], k)), (shown(x[key][k], k), shown(y[key][k], k)), c["name"])
    for side, mine, other in (("only_in_a", x, y), ("only_in_b", y, x)):
        same(len(d[side]), min(limit, d["rows"][side]))
        keys = [s["row"]["id"] for s in d[side]]
        same(keys, sorted(keys))
        for s in d[side]:
            assert s["row"]["id"] in mine and s["row"]["id"] not in other, s
            same(s["row"]["word"], mine[s["row"]["id"]][1])


FORMS = ("csv", "jsonl", "db", "parquet")


@test
def differences_by_key_are_those_that_python_finds_between_all_formats(p):
    r = random.Random(11)
    a = without_empty(random_rows(r, 2500))
    b = without_empty(edit(r, a))
    want, columns = expected(a, b)
    assert all(want[k] > 10 for k in want if k != "within_tolerance"), want
    for form in FORMS:
        write(p, "a." + form, a)
        write(p, "b." + form, b)
    for i, fa in enumerate(FORMS):
        for k, fb in enumerate(FORMS):
            # The footer and a page of a Parquet file have to fit.
            little = "1MB" if "parquet" in (fa, fb) else "32KB"
            threads, memory = ("1", little) if (i + k) % 2 else ("3", "512MB")
            done = compare(p, "a." + fa, "b." + fb, "--key", "id", "--limit", "7", "--threads", threads, "--memory", memory)
            d = done.expect(1).json
            same(d["rows"], want, (fa, fb))
            same({c["name"]: c["changed"] for c in d["columns"]}, columns, (fa, fb))
            same(d["outcome"], "different")
            check_samples(d, a, b, 7)


@test
def the_answer_is_the_same_in_any_memory_and_with_any_threads(p):
    r = random.Random(12)
    a = without_empty(random_rows(r, 6000))
    b = without_empty(edit(r, a))
    write(p, "a.csv", a)
    write(p, "b.jsonl", b)
    for args in (("--key", "id"), ("--key", "word,id"), ()):
        same(len({p.weir("diff", "a.csv", "b.jsonl", *args, "--format", "json", "--threads", t, "--memory", m).expect(1).out
                  for t in ("1", "2", "5") for m in ("8KB", "200KB", "512MB")}), 1, args)


@test
def without_a_key_rows_are_compared_as_a_whole(p):
    r = random.Random(13)
    a = without_empty(random_rows(r, 1500))
    for row in a:
        row[0] = r.randrange(4)
        row[2] = row[3] = row[5] = None
    b = [list(row) for row in a if r.random() > 0.1] + [list(r.choice(a)) for _ in range(50)]
    r.shuffle(b)

    def times(rows):
        out = {}
        for row in rows:
            out[tuple(row)] = out.get(tuple(row), 0) + 1
        return out

    x, y = times(a), times(b)
    gone = sum(max(0, n - y.get(k, 0)) for k, n in x.items())
    new = sum(max(0, n - x.get(k, 0)) for k, n in y.items())
    for fa, fb in (("csv", "csv"), ("csv", "db"), ("parquet", "jsonl")):
        for name, rows in (("a." + fa, a), ("b." + fb, b)):
            if name.endswith(".db"):
                p.sqlite(name, "CREATE TABLE t (id INTEGER, word TEXT, n INTEGER, amount REAL, flag BOOLEAN, day DATE)")
                db = sqlite3.connect(p.path(name))
                db.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", rows)
                db.commit()
                db.close()
            else:
                write(p, name, rows)
        d = compare(p, "a." + fa, "b." + fb, "--limit", "1000").expect(1).json
        same((d["rows"]["only_in_a"], d["rows"]["only_in_b"], d["rows"]["equal"]), (gone, new, len(a) - gone), (fa, fb))
        same(sum(s["times"] for s in d["only_in_a"]), gone)
        same(sum(s["times"] for s in d["only_in_b"]), new)
        same(d["key"], [])


@test
def a_table_equals_itself_in_any_order_and_format(p):
    r = random.Random(14)
    a = without_empty(random_rows(r, 1000))
    for form in FORMS:
        write(p, "a." + form, r.sample(a, len(a)))
    for fa in FORMS:
        for fb in FORMS:
            for key in ((), ("--key", "id"), ("--key", "word,id")):
                same(compare(p, "a." + fa, "a." + fb, *key).expect(0).json["rows"]["equal"], 1000, (fa, fb, key))


@test
def repeated_keys_are_told_and_matched_with_nothing(p):
    p.write("a.csv", "id,v\n1,a\n2,b\n2,c\n3,d\n4,e\n")
    p.write("b.csv", "id,v\n1,a\n2,c\n2,x\n3,d\n3,d\n4,e\n")
    d = compare(p, "a.csv", "b.csv", "--key", "id").expect(1).json
    same(d["rows"], {"equal": 4, "within_tolerance": 0, "changed": 0, "only_in_a": 1, "only_in_b": 2})
    same([(d[s]["repeated_keys"], d[s]["repeated_rows"]) for s in "ab"], [(1, 2), (2, 4)])
    same([(s["key"]["id"], s["a"], s["b"]) for s in d["repeated_keys"]], [(2, 2, 2), (3, 1, 2)])
    same([s["row"]["v"] for s in d["only_in_a"]], ["b"])
    same([s["row"]["v"] for s in d["only_in_b"]], ["x", "d"])
    # A table that has them equals itself all the same, and that they are there is told.
    done = p.weir("diff", "a.csv", "a.csv", "--key", "id").expect(0)
    contains(done.out, "name several rows", "equal: 5 rows")


@test
def rows_of_repeated_keys_are_counted_as_python_counts_them(p):
    r = random.Random(21)
    for _ in range(4):
        a = [(r.randrange(300), r.choice("xyz"), r.choice([None, 1, 2.5])) for _ in range(500)]
        b = [row for row in a if r.random() > 0.05] + [(r.randrange(330), r.choice("xyz"), None) for _ in range(20)]
        b = [(row[0], row[1], 7) if r.random() < 0.05 else row for row in b]
        by = [{}, {}]
        for side, rows in zip(by, (a, b)):
            for row in rows:
                side.setdefault(row[0], []).append(row)
        want = {"equal": 0, "within_tolerance": 0, "changed": 0, "only_in_a": 0, "only_in_b": 0}
        for key in by[0].keys() | by[1].keys():
            x, y = (list(side.get(key, [])) for side in by)
            if len(x) == len(y) == 1:
                want["equal" if x == y else "changed"] += 1
                continue
            for row in list(x):
                if row in y:
                    x.remove(row)
                    y.remove(row)
                    want["equal"] += 1
            want["only_in_a"] += len(x)
            want["only_in_b"] += len(y)
        for name, rows in (("a.csv", a), ("b.csv", b)):
            p.write(name, "k,v,n\n" + "".join("%d,%s,%s\n" % (k, v, "" if n is None else n) for k, v, n in r.sample(rows, len(rows))))
        d = compare(p, "a.csv", "b.csv", "--key", "k", "--memory", "16KB").expect(1).json
        same(d["rows"], want)
        for s, side in zip("ab", by):
            many = [rows for rows in side.values() if len(rows) > 1]
            same((d[s]["repeated_keys"], d[s]["repeated_rows"]), (len(many), sum(map(len, many))))


VALUES = [  # a, b, equal
    ("1", "1.0", True), ("0.5", "0.50", True), ("true", "1", True), ("true", "TRUE", True),
    # Fractions in text are doubles, unless the catalog says that they are decimals.
    ("1", "1.000000000000000001", True), ("1", "1.0000000000000002", False),
    ("2024-01-02", "2024-01-02T00:00:00", True), ("2024-01-02T01:00:00+01:00", "2024-01-02T00:00:00Z", True),
    ("2024-01-02T01:00:00+01:00", "2024-01-02T01:00:00Z", False), ("x", "x ", False), ("x", "X", False), ("", "", True), ("", "0", False),
    ("9007199254740993", "9007199254740992", False), ("-0", "0", True), ("-0.0", "0", True), ("007", "7", False), ("1e3", "1000", True),
]


@test
def values_are_equal_if_they_are_the_same_value(p):
    for a, b, equal in VALUES:
        p.write("a.csv", 'k,v\n1,"%s"\n2,"%s"\n' % (a, a) if a else "k,v\n1,\n2,\n")
        p.write("b.csv", 'k,v\n1,"%s"\n2,"%s"\n' % (b, b) if b else "k,v\n1,\n2,\n")
        done = compare(p, "a.csv", "b.csv", "--key", "k")
        same(done.status, 0 if equal else 1, (a, b, done.out))
        same(compare(p, "a.csv", "b.csv").status, 0 if equal else 1, (a, b))


@test
def text_is_read_as_the_type_of_the_other_side(p):
    p.sqlite("t.db", "CREATE TABLE t (id INTEGER, zip TEXT, at TEXT)", "INSERT INTO t VALUES (1, '00123', '2024-01-02 00:00:00'), (2, '99', NULL)")
    p.write("t.csv", "id,zip,at\n1,00123,2024-01-02T00:00:00\n2,99,\n")
    compare(p, "t.db", "t.csv", "--key", "id").expect(0)
    compare(p, "t.csv", "t.db", "--key", "id").expect(0)
    p.write("t.csv", "id,zip,at\n1,123,2024-01-02\n2,99,\n")
    d = compare(p, "t.csv", "t.db", "--key", "id").expect(1).json
    same({c["name"]: c["changed"] for c in d["columns"]}, {"id": 0, "zip": 1, "at": 0})
    # All digits of a decimal count, which a double does not have.
    for digits, status in (("12345678901234567.89", 0), ("12345678901234567.88", 1)):
        p.write("d.csv", "id,v\n1,%s\n2,0.5\n" % digits)
        pq.write(p.path("d.parquet"), [pq.Column("id", pq.INT64, [1, 2]),
                                       pq.Column("v", pq.FIXED, [v.to_bytes(16, "big") for v in (1234567890123456789, 50)], logical="decimal",
                                                 length=16, precision=38, scale=2)])
        for pair in (("d.csv", "d.parquet"), ("d.parquet", "d.csv")):
            done = compare(p, *pair, "--key", "id")
            same(done.status, status, (pair, done.out, done.err))


@test
def what_does_not_fit_is_no_equality(p):
    pq.write(p.path("a.parquet"), [pq.Column("id", pq.INT64, [1, 2, 3]), pq.Column("n", pq.INT64, [1, 2, 3])])
    p.write("b.csv", "id,n\n1,1\n2,two\n3,3\n")
    for args in (("--key", "id"), ()):
        d = compare(p, "a.parquet", "b.csv", *args).expect(3).json
        same((d["outcome"], d["b"]["not_compared"], d["rows"]["equal"]), ("error", 1, 2))
    contains(p.weir("diff", "a.parquet", "b.csv", "--key", "id").expect(3).out, "1 value of n in B is no integer", "could not be compared")
    p.write("c.csv", "id,n\n1,1\n2,2,2\n3,3\n")
    b = compare(p, "a.parquet", "c.csv", "--key", "id").expect(3).json["b"]
    same((b["malformed"], b["malformed_at"].split(":")[:2]), (1, ["c.csv", "3"]))
    # Two columns of types that never meet are told, and all of their values differ.
    pq.write(p.path("s.parquet"), [pq.Column("id", pq.INT64, [1, 2, 3]), pq.Column("n", pq.BYTE_ARRAY, ["1", "2", "3"], logical="string")])
    d = compare(p, "a.parquet", "s.parquet", "--key", "id").expect(1).json
    same([(c["name"], c["never_equal"], c["changed"]) for c in d["columns"]], [("id", False, 0), ("n", True, 3)])


@test
def numbers_within_the_tolerance_are_equal(p):
    r = random.Random(15)
    a = [(i, r.randrange(-10000, 10000) / 100) for i in range(400)]
    b = [(i, round(v + r.choice([0, 0.01, -0.01, 0.02, 1]), 2)) for i, v in a]
    for name, rows in (("a.csv", a), ("b.csv", b)):
        p.write(name, "id,v\n" + "".join("%d,%.2f\n" % row for row in rows))
    cents = [(round(x[1] * 100), round(y[1] * 100)) for x, y in zip(a, b)]
    for args, within in ((("--tolerance", "0.01"), lambda x, y: abs(x - y) <= 1), (("--tolerance", "0.02"), lambda x, y: abs(x - y) <= 2),
                         (("--relative", "2"), lambda x, y: 100 * abs(x - y) <= 2 * max(abs(x), abs(y))),
                         (("--relative", "2%", "--tolerance", "0.01"), lambda x, y: 100 * abs(x - y) <= max(2 * max(abs(x), abs(y)), 100))):
        d = compare(p, "a.csv", "b.csv", "--key", "id", *args).expect(1).json
        same(d["rows"]["changed"], sum(not within(x, y) for x, y in cents), args)
        same(d["rows"]["within_tolerance"], sum(x != y and within(x, y) for x, y in cents), args)
        same(d["rows"]["equal"] + d["rows"]["changed"], 400)
    compare(p, "a.csv", "b.csv", "--key", "id", "--tolerance", "1").expect(0)
    compare(p, "a.csv", "b.csv", "--tolerance", "1").expect(2, "--key")
    compare(p, "a.csv", "b.csv", "--key", "id", "--tolerance", "-1").expect(2, "--tolerance")


@test
def a_tolerance_is_no_excuse_for_digits_that_doubles_lack(p):
    big, small = "100000000000000001", "12345678901234567890.1234567890123456"
    for kind, x, y, tolerance, status in (
            ("integer", big, "100000000000000002", "0.01", 1), ("integer", big, "100000000000000002", "1", 0),
            ("integer", big, "100000000000000003", "1", 1), ("integer", "-" + big, "-100000000000000003", "2", 0),
            ("integer", "-9223372036854775808", "9223372036854775807", "1", 1),
            ("decimal(38,18)", small + "78", small + "79", "0.0000000000000000005", 1),
            ("decimal(38,18)", small + "78", small + "79", "0.000000000000000001", 0),
            ("number", "1e17", "100000000000000016.0", "0.01", 1), ("number", "1.01", "1.0", "0.01", 0)):
        p.write("weir.yaml", "version: 1\nassets:\n" + "".join(
            "  %s: {path: %s.csv, key: id, columns: {v: '%s'}}\n" % (s, s, kind) for s in "ab"))
        p.write("a.csv", "id,v\n1,%s\n" % x)
        p.write("b.csv", "id,v\n1,%s\n" % y)
        compare(p, "a", "b", "--tolerance", tolerance).expect(status)


@test
def dates_that_no_clock_reaches_are_values_like_others(p):
    """DuckDB writes its infinities as the ends of the integers: days of 32 bits, microseconds of 64."""
    days, times = [2**31 - 1, 2**31 - 2, -2**31 + 1, 0], [2**63 - 1, 2**63 - 2, -2**63 + 1, 0]
    for name, kind, logical, v in (("d", pq.INT32, "date", days), ("t", pq.INT64, "wall_us", times), ("e", pq.INT32, "date", days[1:] + days[:1])):
        pq.write(p.path(name + ".parquet"), [pq.Column("id", pq.INT64, [1, 2, 3, 4]), pq.Column("v", kind, v, logical=logical)])
    for a, b, equal in (("d", "d", 4), ("t", "t", 4), ("d", "t", 1), ("t", "d", 1), ("d", "e", 0)):
        d = compare(p, a + ".parquet", b + ".parquet", "--key", "id").expect(equal != 4).json
        same((d["rows"]["equal"], d["rows"]["changed"]), (equal, 4 - equal), (a, b))
    p.write("s.yaml", "checks:\n  - unique: v\n  - recent: {column: v, within: 1d}\n  - between: {column: v, min: 2020-01-01T00:00:00}\n"
            "  - time_gaps: {column: v, every: 1w}\n  - expr: hour(v) = 0\n")
    for name in "dt":
        done = p.json("check", "--source", name + ".parquet", "--suite", "s.yaml")
        same({k.split(":")[0]: v for k, v in done.outcomes().items() if k[:2] in ("un", "be")}, {"unique": "pass", "between": "fail"}, done.err)
        p.weir("mutate", "--source", name + ".parquet", "--suite", "s.yaml").expect(0 if done.status != 3 else 3)


@test
def nothing_compared_is_not_equal(p):
    p.write("a.csv", "id,v\n1,1\n")
    p.write("b.csv", "id,v\n2,2\n")
    for args in (("--exclude", "*"), ("--columns", "v", "--exclude", "v")):
        compare(p, "a.csv", "b.csv", *args).expect(2, "no column is left")
    compare(p, "a.csv", "b.csv", "--columns", "v").expect(1)


@test
def columns_and_rows_can_be_chosen(p):
    p.write("a.csv", "id,x,y,only\n1,1,1,\n2,2,2,\n3,3,3,\n")
    p.write("b.csv", "id,y,x,more\n1,1,1,5\n2,9,2,5\n3,3,8,5\n")
    d = compare(p, "a.csv", "b.csv", "--key", "id").expect(1).json
    same(d["schema"], {"only_in_a": 1, "only_in_b": 1, "other_type": 0, "other_order": True})
    same(d["rows"]["changed"], 2)
    compare(p, "a.csv", "b.csv", "--key", "id", "--columns", "x", "--where", "id < 3").expect(0)
    compare(p, "a.csv", "b.csv", "--key", "id", "--exclude", "o*,more,y", "--where", "id < 3").expect(0)
    compare(p, "a.csv", "b.csv", "--key", "id", "--columns", "x,y", "--where", "id = 1", "--strict").expect(1, "order")
    compare(p, "a.csv", "b.csv", "--key", "id", "--columns", "xx").expect(2, "'xx'")
    compare(p, "a.csv", "b.csv", "--key", "idd").expect(2, "did you mean 'id'")
    compare(p, "a.csv", "b.csv", "--key", "id,id").expect(2, "twice")
    compare(p, "a.csv", "b.csv", "--where", "idd = 1").expect(2, "--where", "idd")
    compare(p, "a.csv", "b.csv", "--where", "id + 1").expect(2, "--where")
    compare(p, "a.csv", "gone.csv").expect(3, "gone.csv")
    p.weir("diff", "a.csv").expect(2)
    p.write("c.csv", "other\n1\n")
    compare(p, "a.csv", "c.csv").expect(1)


@test
def assets_bring_their_key_types_and_what_is_personal(p):
    p.write("old.csv", "id,mail,n\n1,a@x.org,1\n2,b@x.org,2\n3,c@x.org,3\n")
    p.write("new.csv", "id,mail,n\n1,a@x.org,1\n2,secret@x.org,2\n4,d@x.org,\n")
    p.catalog("""assets:
  old: {path: old.csv, key: [id], columns: {mail: {type: string, pii: true}, n: {type: integer, nullable: false}}}
  new: {path: new.csv}
  other: {path: new.csv, key: [n]}
""")
    done = p.json("diff", "old", "new").expect(1)
    same(done.json["key"], ["id"])
    same(done.json["rows"], {"equal": 1, "within_tolerance": 0, "changed": 1, "only_in_a": 1, "only_in_b": 1})
    same(done.json["columns"][2]["a"]["nullable"], "no")
    for form in ("json", "text", "markdown"):
        out = p.weir("diff", "old", "new", "--format", form, "-v").expect(1).out
        contains(out, "&#42;&#42;&#42;" if form == "markdown" else "***")
        assert "x.org" not in out, out
    p.json("diff", "old", "other").expect(2, "--key")
    p.json("diff", "old", "new.csv").expect(1)
    p.json("diff", "old", "nwe").expect(3, "did you mean 'new'")
    same(sorted(os.listdir(p.dir)), ["new.csv", "old.csv", "weir.yaml"])


@test
def numbers_of_columns_are_those_that_python_finds(p):
    r = random.Random(16)
    a = without_empty(random_rows(r, 900))
    write(p, "a.csv", a)
    write(p, "b.db", a)
    for c, k in ((c, NAMES.index(c["name"])) for c in compare(p, "a.csv", "b.db", "--key", "id").expect(0).json["columns"]):
        v = [row[k] for row in a if row[k] is not None]
        for s in "ab":
            same((c[s]["values"], c[s]["nulls"], c[s]["distinct"]), (len(v), 900 - len(v), len(set(v))), c["name"])
            if k in (0, 2, 3):
                same((c[s]["min"], c[s]["max"]), (min(v), max(v)), c["name"])
                assert abs(c[s]["sum"] - sum(v)) <= 1e-9 * abs(sum(v)), (c["name"], c[s]["sum"], sum(v))


@test
def a_text_that_is_shown_cannot_speak_to_the_terminal(p):
    p.write("a.csv", "id,v\n1,a\n")
    p.write("b.csv", "id,v\n1,\x1b[31mred\n2,\x1b]0;title\x07\n")
    for form in ("text", "markdown"):
        out = p.weir("diff", "a.csv", "b.csv", "--key", "id", "--format", form).expect(1).out
        assert "\x1b" not in out and "\x07" not in out, out


@test
def it_takes_no_more_than_the_terminal_is_wide(p):
    r = random.Random(17)
    a = random_rows(r, 300)
    write(p, "a.csv", a)
    write(p, "b.jsonl", edit(r, a))
    out = p.weir("diff", "a.csv", "b.jsonl", "--key", "id", env={"COLUMNS": "80"}).expect(1).out
    for line in out.splitlines():
        assert len(line) <= 80, line


@test
def json_output_is_what_its_schema_describes(p):
    try:
        import jsonschema
    except ImportError:
        return "SKIP python3-jsonschema is not installed"
    p.write("a.csv", "id,v,only\n1,1,\n2,2,\n2,3,\n")
    p.write("b.csv", "id,v\n1,x\n3,2\n")
    schema = json.loads(p.weir("config", "schema", "diff").expect(0).out)
    for args in (("--key", "id"), (), ("--key", "id", "--limit", "0")):
        jsonschema.Draft202012Validator(schema).validate(p.json("diff", "a.csv", "b.csv", *args).expect(1).json)
    jsonschema.Draft202012Validator(schema).validate(p.json("diff", "a.csv", "a.csv").expect(0).json)
    return None


@test
def folders_globs_packed_files_and_queries_can_be_compared(p):
    import gzip
    r = random.Random(18)
    a = without_empty(random_rows(r, 300))
    for i in range(3):
        os.makedirs(p.path("parts"), exist_ok=True)
        write(p, "parts/%d.csv" % i, a[i * 100:i * 100 + 100])
    write(p, "all.jsonl", a)
    with open(p.path("all.jsonl"), "rb") as f:
        p.write("all.jsonl.gz", gzip.compress(f.read()))
    write(p, "t.db", a)
    for left in ("parts", "parts/*.csv", "all.jsonl.gz"):
        compare(p, left, "all.jsonl", "--key", "id").expect(0)
    p.json("diff", "parts/0.csv", "t.db", "--query-b", "SELECT * FROM t WHERE id IN (%s)" % ",".join(str(x[0]) for x in a[:100])).expect(0)
    p.json("diff", "parts/0.csv", "t.db", "--table-b", "t", "--key", "id").expect(1, '"only_in_b": 200')
    p.json("diff", "t.db", "all.jsonl").expect(2, "--table")
    p.json("diff", "t.db", "all.jsonl", "--table-a", "tt").expect(3, "'tt'")


@test
def a_partition_of_an_asset_is_compared_by_itself(p):
    for day, v in (("2024-05-08", 1), ("2024-05-09", 2)):
        p.write("a/%s.csv" % day, "id,v\n1,%d\n" % v)
        p.write("b/%s.csv" % day, "id,v\n1,2\n")
    p.catalog("""assets:
  a: {path: "a/{day}.csv", partitions: {day: {every: day, from: 2024-05-08}}, key: [id]}
  b: {path: "b/{day}.csv", partitions: {day: {every: day, from: 2024-05-08}}}
""")
    p.json("diff", "a", "b", "--partition", "2024-05-08").expect(1)
    p.json("diff", "a", "b", "--partition", "2024-05-09").expect(0)
    p.json("diff", "a", "b", "--partition", "2024-05-08..2024-05-09").expect(2, "one partition")
    p.json("diff", "a/2024-05-08.csv", "b/2024-05-08.csv", "--partition", "2024-05-08").expect(2, "--partition")


@test
def each_side_may_have_a_partition_of_its_own(p):
    for day, v in (("2024-05-08", 1), ("2024-05-09", 2), ("2024-05-10", 1)):
        p.write("a/%s.csv" % day, "id,v\n1,%d\n" % v)
    p.write("plain.csv", "id,v\n1,2\n")
    p.catalog("""assets:
  a: {path: "a/{day}.csv", partitions: {day: {every: day, from: 2024-05-08}}, key: [id]}
  plain: {path: plain.csv}
""")
    for args, status in ((("a", "a", "--partition-a", "2024-05-08", "--partition-b", "2024-05-09"), 1),
                         (("a", "a", "--partition-a", "2024-05-08", "--partition-b", "2024-05-10"), 0),
                         (("a", "a", "--partition", "2024-05-08", "--partition-b", "2024-05-09"), 1),
                         (("a", "plain", "--partition-a", "2024-05-09"), 0), (("plain.csv", "a", "--partition-b", "2024-05-08"), 1)):
        done = p.json("diff", *args).expect(status)
        same((done.json["a"].get("partition"), done.json["b"].get("partition")),
             tuple(dict(zip(args[2::2], args[3::2])).get(o, dict(zip(args[2::2], args[3::2])).get("--partition")) for o in ("--partition-a", "--partition-b")))
    contains(p.weir("diff", "a", "a", "--partition-a", "2024-05-08", "--partition-b", "2024-05-09").expect(1).out, "A  a 2024-05-08  csv", "B  a 2024-05-09  csv", "v: 1 row")
    p.json("diff", "a", "plain", "--partition-b", "2024-05-08").expect(2, "--partition-b", "has no partitions")
    p.json("diff", "plain.csv", "a", "--partition-a", "2024-05-08").expect(2, "--partition-a", "'plain.csv' is no asset")
    p.json("diff", "a", "a", "--partition-b", "2024-05-08..2024-05-09").expect(2, "--partition-b", "one partition")


@test
def how_tables_are_compared_is_told_where_it_is_asked_for(p):
    p.write("a.csv", "id,v\n" + "".join("%d,%d\n" % (i, i) for i in range(1000)))
    p.write("b.csv", "id,v\n" + "".join("%d,%d\n" % (i, i + (i == 7)) for i in range(1000)))
    same("explain" in p.json("diff", "a.csv", "a.csv").expect(0).json, False)
    done = p.json("diff", "a.csv", "b.csv", "--key", "id", "--explain", "--threads", "3").expect(1)
    contains(done.json["explain"], "1000 of A against 1000 of B", "by 3 threads", "second look at the rows of 1 key")
    for side in "ab":
        contains(done.json[side]["explain"], "native scan of 1 part", "columns are needed: id")
    contains(p.weir("diff", "a.csv", "a.csv", "--explain").expect(0).out, "How A was read", "How rows were compared", "no second look")


@test
def a_side_that_is_missing_is_named(p):
    p.weir("diff").expect(2, "needs A and B", "usage: weir diff A B")
    p.weir("diff", "a.csv").expect(2, "needs B as well", "'a.csv' is A only")
    p.weir("gate").expect(2, "weir gate needs ASSET")


@test
def many_columns_and_keys_of_several_are_compared(p):
    r = random.Random(19)
    names = ["k1", "k2", "k3"] + ["c%d" % i for i in range(70)]
    a = [[i % 7, i // 7, r.choice(["", "x"])] + [r.randrange(9) for _ in names[3:]] for i in range(500)]
    b = [list(row) for row in a]
    changed = {n: 0 for n in names}
    for row in b:
        for k in range(3, len(names)):
            if r.random() < 0.01:
                row[k] = "other"
                changed[names[k]] += 1
    for name, rows in (("a.csv", a), ("b.csv", b)):
        p.write(name, ",".join(names) + "\n" + "".join(",".join(map(str, row)) + "\n" for row in r.sample(rows, len(rows))))
    d = p.json("diff", "a.csv", "b.csv", "--key", "k1, k2, k3", "--memory", "64KB").expect(1).json
    same({c["name"]: c["changed"] for c in d["columns"]}, changed)
    same(d["rows"]["changed"], sum(x != y for x, y in zip(a, b)))


@test
def a_file_without_room_is_an_error_and_no_answer(p):
    r = random.Random(20)
    write(p, "a.csv", random_rows(r, 3000))
    p.weir("diff", "a.csv", "a.csv", "--key", "id", "--memory", "16KB", env={"TMPDIR": p.path("nowhere")}).expect(3, "temporary file")
    p.weir("diff", "a.csv", "a.csv", "--key", "id", "--memory", "16KB").expect(0)
