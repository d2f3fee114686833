"""weir profile: what it counts is what Python counts, on every engine; and what it suggests."""
import json
import random
import sqlite3

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
