"""weir profile: what it counts is what Python counts, on every engine; and what it suggests."""
import datetime
import json
import os
import random
import re
import sqlite3
import statistics
from collections import Counter

from project import contains, same, test

N = 3000


def rows(seed=5):
    r = random.Random(seed)
    return [(i + 1, r.randrange(-50, 50), r.choice([None, 0.5, 1.25, 99.75]), r.choice(["a", "bb", "한국", None]),
             "u%d@x.org" % r.randrange(700)) for i in range(N)]


NAMES = ("id", "n", "real", "word", "mail")


def expected(data):
    """By column: what a profile says of it."""
    out = {}
    for k, name in enumerate(NAMES):
        v = [row[k] for row in data if row[k] is not None]
        texts = all(isinstance(x, str) for x in v)
        out[name] = {
            "count": len(v), "nulls": N - len(v), "distinct": len(set(v)), "unique": len(set(v)) == len(v),
            "min": None if texts else min(v), "max": None if texts else max(v), "mean": None if texts else sum(v) / len(v),
            "length_min": min(map(len, v)) if texts else None, "length_max": max(map(len, v)) if texts else None,
            "values": sorted(((x, v.count(x)) for x in set(v)), key=lambda e: (-e[1], e[0])) if len(set(v)) <= 50 else [],
        }
    return out


def profiled(done):
    asset = done.expect(0).json["assets"][0]
    same(asset["rows"], N)
    return {c["name"]: {**{k: c[k] for k in ("count", "nulls", "distinct", "unique", "min", "max", "mean", "length_min", "length_max")},
                        "values": [(x["value"], x["count"]) for x in c["values"]]} for c in asset["columns"]}


@test
def a_profile_is_what_python_computes(p):
    data = rows()
    p.write("t.csv", ",".join(NAMES) + "\n" + "".join(",".join("" if v is None else str(v) for v in r) + "\n" for r in data))
    p.write("t.jsonl", "".join(json.dumps(dict(zip(NAMES, r))) + "\n" for r in data))
    p.sqlite("t.db", "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, real REAL, word TEXT, mail TEXT)")
    db = sqlite3.connect(p.path("t.db"))
    db.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", data)
    db.commit()
    db.close()
    want = expected(data)
    for args in (("t.csv",), ("t.jsonl",), ("t.db", "--table", "t")):
        for threads in ("1", "4"):
            got = profiled(p.json("profile", "--source", *args, "--threads", threads))
            for name in NAMES:
                for key, value in want[name].items():
                    if key == "mean" and value is not None:
                        assert abs(got[name][key] - value) < 1e-9, (args, name, got[name][key], value)
                    else:
                        same(got[name][key], value, "%s %s %s" % (args[0], name, key))


@test
def a_profile_is_as_its_schema_says(p):
    try:
        import jsonschema
    except ImportError:
        return "SKIP python3-jsonschema is not installed"
    p.write("t.csv", "id,email,when\n" + "".join("%d,u%d@x.org,2024-01-%02d\n" % (i, i, i + 1) for i in range(20)))
    p.catalog("assets:\n  t: {path: t.csv, columns: {email: {tags: [pii]}, gone: integer}}\n  missing: {path: nowhere.csv}\n")
    schema = json.loads(p.weir("config", "schema", "profile").expect(0).out)
    done = p.json("profile", "--suggest").expect(3)
    same([e.message for e in jsonschema.Draft202012Validator(schema).iter_errors(done.json)], [])
    same([a["key"] for a in done.json["assets"] if "error" in a], ["missing"])
    return None


@test
def personal_data_stays_where_it_is(p):
    p.write("t.csv", "id,name,salary\n" + "".join("%d,%s,%d\n" % (i, ("ann-secret", "bob-secret")[i % 2], 7700 + i % 3) for i in range(60)))
    p.catalog("assets:\n  t: {path: t.csv, columns: {name: {tags: [pii]}, salary: {tags: [pii]}}}\n")
    for args in ((), ("--suggest",), ("--format", "json"), ("--suggest", "--format", "json")):
        out = p.weir("profile", *args).expect(0).out
        assert "secret" not in out and "7700" not in out and "7701" not in out, out
    contains(p.weir("profile").out, "personal data: not shown")


SUGGESTED = [
    # column, values of 40 rows, what is suggested beside the row count
    ("id", range(40), ["not_null: [id]", "unique: id"]),
    ("orderId", range(40), ["not_null: [orderId]", "unique: orderId"]),
    ("paid", range(40), ["not_null: [paid]", "between: {column: paid, min: 0}"]),
    ("amount", [i - 1 for i in range(40)], ["not_null: [amount]"]),
    ("lat", range(40), ["not_null: [lat]"]),
    ("zero", [0] * 40, ["not_null: [zero]"]),
    ("status", ["ab"[i % 2] for i in range(40)], ["not_null: [status]", "in_set: {column: status, values: [a, b]}"]),
    ("one", ["a"] * 40, ["not_null: [one]"]),
    ("name", ["n%d" % (i % 9) for i in range(40)], ["not_null: [name]"]),
    ("gaps", ["ab"[i % 2] if i % 3 else "" for i in range(40)], ["in_set: {column: gaps, values: [a, b]}"]),
    ("mail", ["u%d@x.org" % i for i in range(40)], ["not_null: [mail]", 'match_regex: {column: mail, regex: "^[^@\\\\s]+@[^@\\\\s]+$"}']),
    ("at", ["2024-01-%02d" % (i % 28 + 1) for i in range(40)], ["not_null: [at]"]),
    ("flag", [("true", "false")[i % 2] for i in range(40)], ["not_null: [flag]"]),
    ("empty", [""] * 40, []),
]


@test
def what_is_suggested_follows_from_the_data(p):
    for name, values, want in SUGGESTED:
        p.write("t.csv", name + ",z\n" + "".join("%s,\n" % v for v in values))
        got = [s["check"] for s in p.json("profile", "--source", "t.csv", "--suggest").expect(0).json["assets"][0]["suggestions"]]
        if name == "gaps":  # 13 of each, the first by value
            same(sorted(got), sorted(["row_count: {min: 4}"] + want), name)
        else:
            same(got, ["row_count: {min: 4}"] + want, name)


@test
def data_does_not_speak_to_the_terminal(p):
    p.write("t.csv", b"a\x1b[31m,b\n" + b"".join(b"\x1b[2J%d,x\x07\xff\n" % (i % 2) for i in range(40)))
    for args in ((), ("--suggest",)):
        out = p.weir("profile", "--source", "t.csv", *args).expect(0).out
        assert "\x1b" not in out and "\x07" not in out, repr(out)
        assert all(len(line) <= 140 for line in out.splitlines() if not args), out


@test
def wrong_calls_of_profile_are_told(p):
    p.write("t.csv", "a\n1\n")
    p.catalog("assets: {t: {path: t.csv}, known: {}}\n")
    p.weir("profile", "nothing").expect(2, "nothing")
    p.weir("profile", "t", "--partition", "2024-01-01").expect(2, "no partitions")
    p.weir("profile", "known").expect(2, "has data")
    p.weir("profile", "--table", "x").expect(2, "--source")
    p.weir("profile", "t", "--source", "t.csv").expect(2, "--source")
    p.weir("profile", "--source", "gone.csv").expect(3, "gone.csv")


@test
def partitions_are_profiled_together_or_alone(p):
    for day in range(1, 4):
        p.write("d/2024-01-%02d.csv" % day, "a\n" + "x\n" * day)
    p.catalog('assets:\n  t: {path: "d/{date:%Y-%m-%d}.csv", partitions: {date: {every: day, from: 2024-01-01}}}\n')
    same([a["rows"] for a in p.json("profile").expect(0).json["assets"]], [6])
    got = p.json("profile", "--partition", "2024-01-02..2024-01-03").expect(0).json["assets"]
    same([(a["partition"], a["rows"]) for a in got], [("2024-01-02", 2), ("2024-01-03", 3)])


def random_table(seed):
    """Columns of every kind, as lists of n; None is null."""
    r = random.Random(seed)
    n = r.choice([0, 1, 5, 30, 200, 700])
    day = r.randrange(1, 400)

    def some(f, nulls):
        return [None if r.random() < nulls else f(i) for i in range(n)]

    kinds = {
        "id": lambda i: i, "order_id": lambda i: i // 2, "code": lambda i: "c%05d" % (i * 7919 % 99991), "big": lambda i: 10**12 + i,
        "amount": lambda i: round(r.uniform(0, 500), r.choice([0, 1, 2])), "signed": lambda i: r.uniform(-1e6, 1e-3), "small": lambda i: r.uniform(0, 1e-9),
        "rate": lambda i: r.choice([0.25, 0.5]), "stars": lambda i: r.randrange(1, 6), "zero": lambda i: 0, "negative": lambda i: -i - 1,
        "status": lambda i: r.choice(["paid", "open", "no", "a, b", "x: y", "${HOME}", "'q\""]), "rare": lambda i: "aaa" if r.random() < 0.97 else "b%d" % r.randrange(30),
        "mail": lambda i: "u%d@x.org" % i, "note": lambda i: "x" * r.randrange(0, 40), "iso": lambda i: "DE", "word": lambda i: r.choice(["한국", "é", "", "z z"]),
        "at": lambda i: "2024-%02d-%02d 10:%02d:00" % (i % 4 + 1, i % 28 + 1, i % 60), "day": lambda i: "2023-%02d-%02d" % (day % 12 + 1, i % 28 + 1),
        "up": lambda i: "2024-01-01 %02d:%02d:%02d" % (i // 3600, i // 60 % 60, i % 60), "down": lambda i: 1000 - i / 4, "flag": lambda i: i % 3 == 0,
        "select": lambda i: i * 0.5, "odd name": lambda i: i / 8, "empty": lambda i: None,
    }
    return {name: some(f, r.choice([0, 0, 0.02, 0.3])) for name, f in kinds.items() if r.random() < 0.8 or name == "id"}


def text_of(v):
    return "" if v is None else '""' if v == "" else '"%s"' % v.replace('"', '""') if isinstance(v, str) else str(v)


def write_table(p, table, form):
    """What --source names."""
    rows = [dict(zip(table, values)) for values in zip(*table.values())]
    if form == "csv":
        p.write("t.csv", ",".join(table) + "\n" + "".join(",".join(text_of(r[k]) for k in table) + "\n" for r in rows))
        return ["t.csv"]
    if form == "jsonl":
        p.write("t.jsonl", "".join(json.dumps(r) + "\n" for r in rows))
        return ["t.jsonl"]
    p.sqlite("t.db", "DROP TABLE IF EXISTS t", "CREATE TABLE t (%s)" % ", ".join('"%s" %s' % (k, "" if k == "flag" else {int: "INTEGER", float: "REAL", str: "TEXT"}.get(
        type(next((x for x in v if x is not None), None)), "")) for k, v in table.items()))
    db = sqlite3.connect(p.path("t.db"))
    db.executemany("INSERT INTO t VALUES (%s)" % ", ".join("?" * len(table)), [tuple(r.values()) for r in rows])
    db.commit()
    db.close()
    return ["sqlite:t.db", "--table", "t"]


@test
def a_suggested_suite_is_taken_unchanged_and_passes_on_its_own_data(p):
    done = 0
    for seed in range(14):
        table = random_table(seed)
        if not next(iter(table.values())):
            table = {k: [None] for k in table} if seed % 2 else table
        for form in ("csv", "jsonl", "sqlite") if seed < 6 else ("csv",):
            if form == "jsonl" and not next(iter(table.values())):
                continue
            source = write_table(p, table, form)
            suite = p.weir("profile", "--source", *source, "--more", "--format", "yaml").expect(0).out
            if suite.endswith("checks: []\n"):
                continue  # from no rows nothing follows
            p.write("s.yaml", suite)
            rows = len(next(iter(table.values())))
            checked = p.json("check", "--source", *source, "--suite", "s.yaml")
            assert checked.out, (seed, form, checked.err, suite)
            outcomes = {c["id"]: (c["outcome"], c["message"]) for c in checked.json["assets"][0]["checks"] if not c["implicit"]}
            bad = {k: v for k, v in outcomes.items() if v[0] != "pass"}
            same(bad, {}, "seed %d, %s of %d rows" % (seed, form, rows))
            said = p.json("profile", "--source", *source, "--more").json["assets"][0]["suggestions"]
            same(len(said), suite.count("  # suggested: "))
            assert len(outcomes) >= len(said), (outcomes, said)
            done += len(said)
    assert done > 200, done


def number(text):
    return float(text.replace(",", ""))


def holds(p, s, table):
    """Is the reason of a suggestion true, as Python counts?  None: the reason is not known here."""
    name, reason = s["column"], s["reason"]
    v = [x for x in table.get(name, []) if x is not None]
    rows = len(next(iter(table.values())))
    for pattern, true in (
            (r"no nulls in ([\d,]+) rows?$", lambda n: number(n) == rows and all(None not in table[c.strip('"')] for c in re.findall(r'"[^"]+"|\w[\w ]*', s["check"][10:-1]))),
            (r"([\d,]+) rows today; .*", lambda n: number(n) == rows),
            (r"an id, and no value occurs twice in ([\d,]+) rows", lambda n: len(set(v)) == len(v) == number(n)),
            (r"no value occurs twice in ([\d,]+) rows", lambda n: len(set(v)) == len(v) == number(n)),
            (r"only these (\d+) among ([\d,]+); .*", lambda k, n: len(set(v)) == number(k) and len(v) == number(n)),
            (r"none of ([\d,]+) values is negative", lambda n: len(v) == number(n) and min(map(str, v))[0] != "-"),
            (r"all ([\d,]+) values look like e-mail addresses", lambda n: len(v) == number(n) and all("@" in x for x in v)),
            (r"the (\d+) columns? of today, and their types", lambda n: number(n) == len(table)),
            (r"([\d,]+) of ([\d,]+) rows have a value; .*", lambda n, m: len(v) == number(n) and rows == number(m)),
            (r"these (\d+) are ([\d,]+) of ([\d,]+) values", lambda k, n, m: sum(c for _, c in Counter(v).most_common(int(k))) >= number(n) and
             number(n) == sum(map(v.count, listed(s["check"]))) and len(v) == number(m)),
            (r"from (\S+) to (\S+) today, .*", lambda a, b: "%.6g" % min(v) == a and "%.6g" % max(v) == b),
            (r"texts have (\d+) to (\d+) characters; .*", lambda a, b: (min(map(len, v)), max(map(len, v))) == (int(a), int(b))),
            (r"all ([\d,]+) texts have (\d+) characters?", lambda n, k: len(v) == number(n) and {len(x) for x in v} == {int(k)}),
            (r"none of ([\d,]+) values has more than (\d+) decimals?", lambda n, k: len(v) == number(n) and all(len(repr(float(x)).partition(".")[2].replace("0", "", repr(x).endswith(".0"))) <= int(k) for x in v)),
            (r"each of ([\d,]+) values is (greater than|less than|at least|at most) the one before it", lambda n, how: len(v) == number(n) and all(
                {"greater than": a < b, "less than": a > b, "at least": a <= b, "at most": a >= b}[how] for a, b in zip(v, v[1:]))),
            (r"the newest value is (.*) old; .*", lambda age: age_of(max(v), p.now) == age)):
        m = re.fullmatch(pattern, reason)
        if m:
            return true(*m.groups())
    return None


def listed(check):
    values = re.search(r"values: \[(.*?)\]", check).group(1)
    return [json.loads(x) if x[0] == '"' else int(x) if re.fullmatch(r"-?\d+", x) else x for x in re.findall(r'"(?:[^"\\]|\\.)*"|[^, ]+', values)]


def age_of(text, now):
    at = datetime.datetime.fromisoformat(text)
    hours = int((datetime.datetime.fromisoformat(now.rstrip("Z")) - at).total_seconds() // 3600)
    days = hours // 24
    return "less than 1h" if hours == 0 else ("%dd" % days if days else "") + ("%dh" % (hours % 24) if hours % 24 else "")


@test
def each_reason_of_a_suggestion_is_true(p):
    seen = set()
    for seed in range(20, 34):
        table = random_table(seed)
        if len(next(iter(table.values()))) == 0:
            continue
        source = write_table(p, table, "csv")
        for s in p.json("profile", "--source", *source, "--more").expect(0).json["assets"][0]["suggestions"]:
            same(holds(p, s, table), True, "seed %d: %s" % (seed, s))
            seen.add(s["check"].partition(":")[0])
    same({"not_null", "row_count", "unique", "in_set", "between", "match_regex", "schema", "length", "length_between", "expr", "increasing", "decreasing",
          "recent"} - seen, set())


@test
def numbers_beside_the_ends_are_what_python_computes(p):
    r = random.Random(8)
    v = [round(r.uniform(-50, 50), 2) for _ in range(N)]
    p.write("t.csv", "x,up,down,s\n" + "".join("%r,%d,%d,a\n" % (x, i, -i) for i, x in enumerate(v)))
    c = {c["name"]: c for c in p.json("profile", "--source", "t.csv").expect(0).json["assets"][0]["columns"]}
    assert abs(c["x"]["stdev"] - statistics.stdev(v)) < 1e-9 * statistics.stdev(v), c["x"]["stdev"]
    same((c["x"]["order"], c["up"]["order"], c["down"]["order"], c["s"]["order"]), (None, "rising", "falling", None))
    same((c["x"]["decimals"], c["up"]["decimals"], c["s"]["quartiles"]), (2, None, []))
    ranked = sorted(v)
    for q, got in zip((0.25, 0.5, 0.75), c["x"]["quartiles"]):
        slack = c["x"]["quartiles_error"] * N + 2
        lo, hi = (sum(x < got for x in ranked), sum(x <= got for x in ranked))
        assert lo - slack <= q * N <= hi + slack, (q, got, lo, hi, slack)


@test
def a_suite_is_written_to_a_new_file_of_one_asset(p):
    p.write("t.csv", "id\n" + "".join("%d\n" % i for i in range(40)))
    p.catalog("assets:\n  t: {path: t.csv, suites: [s.yaml]}\n  u: {path: t.csv}\n")
    p.write("s.yaml", "checks: []\n")
    p.weir("profile", "t", "--write", "s.yaml").expect(2, "exists already")
    p.weir("profile", "--write", "n.yaml").expect(2, "a suite is of one asset, and 2 are selected")
    p.weir("profile", "--source", "gone.csv", "--format", "yaml").expect(3, "gone.csv")
    assert not os.path.exists(p.path("n.yaml"))
    os.remove(p.path("s.yaml"))
    p.write("s.yaml", "checks: []\n")
    p.weir("profile", "t", "--more", "--write", "new.yaml").expect(0, "checks are in new.yaml")
    os.replace(p.path("new.yaml"), p.path("s.yaml"))
    p.weir("validate").expect(0)
    p.weir("check", "t").expect(0)
    # Tomorrow's data is another: what was narrow warns, what is sure fails.
    p.write("t.csv", "id\n" + "".join("%d\n" % (i * 100) for i in range(40)))
    same({k: v for k, v in p.json("check", "t").expect(0).outcomes().items() if v != "pass"}, {"t:between:id": "warn"})
