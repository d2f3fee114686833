"""weir mutate: what it says a check notices is what `weir check` says of data in which the same fault was planted by hand."""
import collections
import csv
import datetime
import decimal
import io
import json
import os
import sqlite3
import sys

from project import contains, same, test

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import parquet_writer  # noqa: E402

SEED = 1
MASK = (1 << 64) - 1
NUMBERS = (int, float, decimal.Decimal)
CHECKS = [
    "not_null: id", "unique: id", "increasing: id", "not_null: {column: amount, mostly: 0.95}", "between: {column: amount, min: 0, max: 500}",
    "mean: {column: qty, min: 1, max: 60}", "median: {column: amount, min: 1, max: 300}", "sum: {column: qty, min: 100, max: 100000}",
    "in_set: {column: status, values: [paid, open, sent]}", "match_regex: {column: status, regex: '^[a-z]+$'}",
    "length_between: {column: city, min: 3, max: 8}", "not_match_regex: {column: city, regex: '\\s$'}",
    "unique_count: {column: city, min: 3, max: 5}", "expr: 'at <= seen'", "greater_than: {a: amount, b: cost, or_equal: true}",
    "row_count: {min: 150, max: 350}", "columns: [id, amount, cost, qty, status, city, day, at, seen]", "column_exists: qty",
    "unique_together: [status, id]", "stdev: {column: amount, min: 1, max: 200}",
    "percentile: {column: cost, q: 0.9, max: 200}", "between: {column: day, max: '2024-12-31'}",
]
WITH_MORE = [
    "{not_null: qty, where: \"status = 'paid'\"}", "{mean: {column: amount, min: 10, max: 400}, by: status}",
    "all: [{not_null: city}, {between: {column: qty, min: 0}}]", "in_type_list: {column: qty, types: [integer]}",
]
NAMES = ["id", "amount", "cost", "qty", "status", "city", "day", "at", "seen"]
TYPES = {"id": "integer", "amount": "number", "cost": "decimal(12,2)", "qty": "integer", "status": "string", "city": "string", "day": "date",
         "at": "timestamp", "seen": "timestamp"}


def table(n=220):
    rows = []
    for i in range(n):
        at = datetime.datetime(2024, 4, 1, 6, 0, 0) + datetime.timedelta(minutes=37 * i)
        rows.append({
            "id": 1000 + i, "amount": None if i % 50 == 7 else round(100 + (i * 7919 % 20000) / 100, 2), "cost": round(1 + (i * 104729 % 9000) / 100, 2),
            "qty": 1 + i * 31 % 40, "status": ["paid", "open", "paid", "sent"][i % 4], "city": ["Köln", "Berlin", "Zürich", "Wien"][i * 13 % 4],
            "day": at.date(), "at": at, "seen": at + datetime.timedelta(minutes=5 + i % 30),
        })
    return rows


# The faults, once more -------------------------------------------------------------------------------------------------

def number(k):
    """The k-th of splitmix64."""
    z = (SEED + (k + 1) * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
    return z ^ z >> 31


def picked(n):
    some = {i for i in range(n) if number(i) % 100 == 0}
    return some or ({number(0) % n} if n else set())


def is_number(v):
    return isinstance(v, NUMBERS) and not isinstance(v, bool)


def other_case(v):
    lower, upper = any("a" <= c <= "z" for c in v), any("A" <= c <= "Z" for c in v)
    if lower:
        return "".join(c.upper() if "a" <= c <= "z" else c for c in v)
    return "".join(c.lower() if "A" <= c <= "Z" else c for c in v) if upper else v


def later(**how):
    return lambda v: v + datetime.timedelta(**how) if isinstance(v, datetime.date) else v


def hundredth(v):
    """What there are no digits for is cut off."""
    if isinstance(v, decimal.Decimal):
        return (v / 100).quantize(v, decimal.ROUND_DOWN)
    return int(v / 100) if isinstance(v, int) else v / 100


def whole(v):
    return v.quantize(decimal.Decimal(1), decimal.ROUND_HALF_EVEN).quantize(v) if isinstance(v, decimal.Decimal) else float(round(v))


def of(kind, f):
    return lambda v: f(v) if isinstance(v, kind) and not isinstance(v, bool) else v


#: name: (few, value -> value)
VALUES = {
    "null_some": (True, lambda v: None), "null_all": (False, lambda v: None),
    "empty_text": (True, of(str, lambda v: "")), "truncated": (True, of(str, lambda v: v[:len(v) // 2] if len(v) > 1 else v)),
    "case": (True, of(str, other_case)), "padded": (True, of(str, lambda v: v + " " if v else v)),
    "mojibake": (False, of(str, lambda v: v.encode().decode("latin-1"))),
    "times_100": (False, of(NUMBERS, lambda v: v * 100)), "over_100": (False, of(NUMBERS, hundredth)), "sign": (True, of(NUMBERS, lambda v: -v)),
    "rounded": (False, of((float, decimal.Decimal), whole)),
    "zone": (False, of(datetime.datetime, later(hours=2))), "day": (False, later(days=1)), "future": (True, later(days=3652)),
}


def differ(a, b):
    return a != b or type(a) is not type(b)


def plant_values(rows, column, few, f):
    places = [i for i, r in enumerate(rows) if r[column] is not None and differ(f(r[column]), r[column])]
    some = picked(len(places)) if few else set(range(len(places)))
    for k, i in enumerate(places):
        if k in some:
            rows[i][column] = f(rows[i][column])


def plant(fault, column, rows, names):
    """Changes rows and names."""
    column_values = [r[column] for r in rows] if column else []
    n = len(rows)
    if fault in VALUES:
        plant_values(rows, column, *VALUES[fault])
    elif fault == "category":
        most = min(collections.Counter(v for v in column_values if v is not None).items(), key=lambda e: (-e[1], e[0]))[0]
        plant_values(rows, column, False, lambda v: v + "_new" if v == most else v)
    elif fault == "as_text":
        for r in rows:
            r[column] = "%s pcs" % r[column] if is_number(r[column]) else r[column]
    elif fault == "outlier":
        places = [i for i in range(n) if is_number(column_values[i])]
        most = max(abs(column_values[i]) for i in places) * 1000 + 1000
        if isinstance(most, decimal.Decimal):
            most = decimal.Decimal("9999999999.99")
        rows[places[number(0) % len(places)]][column] = most
    elif fault == "key_twice":
        at = 1 + number(0) % (n - 1)
        rows[at][column] = rows[at - 1][column]
    elif fault == "row_swap":
        pairs = [i for i in range(0, n - 1, 2) if differ(column_values[i], column_values[i + 1])]
        for k in picked(len(pairs)):
            i = pairs[k]
            rows[i][column], rows[i + 1][column] = rows[i + 1][column], rows[i][column]
    elif fault == "row_shift":
        for i, r in enumerate(rows):
            r[column] = column_values[i - 1]
    elif fault == "column_swap":
        other = names[names.index(column) + 1]
        for r in rows:
            r[column], r[other] = r[other], r[column]
    elif fault in ("column_lost", "column_renamed"):
        if fault == "column_renamed":
            names[names.index(column)] = column + "_new"
        else:
            names.remove(column)
        for r in rows:
            r[column + "_new"] = r.pop(column)
    elif fault == "rows_twice":
        some = picked(n)
        rows[:] = [dict(r) for i, r in enumerate(rows) for _ in range(2 if i in some else 1)]
    elif fault == "half_lost":
        del rows[n - n // 2:]
    elif fault == "all_lost":
        rows.clear()
    elif fault == "repeated":
        rows.extend([dict(r) for r in rows])
    elif fault == "stale":
        for r in rows:
            for k, v in r.items():
                r[k] = v - datetime.timedelta(days=30) if isinstance(v, datetime.date) else v
    else:
        raise AssertionError("no model of the fault %r" % fault)


# Data in three formats -------------------------------------------------------------------------------------------------

def text_of(v):
    return v.isoformat() if isinstance(v, datetime.date) else v


def stored(v):
    return float(v) if isinstance(v, decimal.Decimal) else text_of(v)


def write_csv(p, name, rows, names):
    out = io.StringIO()
    out.write(",".join(names) + "\n")
    for r in rows:
        # A text that is empty is in quotes; nothing at all is null.
        out.write(",".join("" if r[c] is None else '""' if r[c] == "" else str(text_of(r[c])) for c in names) + "\n")
    p.write(name + ".csv", out.getvalue())
    return "path: %s.csv" % name


def write_jsonl(p, name, rows, names):
    p.write(name + ".jsonl", "".join(json.dumps({c: stored(r[c]) for c in names}) + "\n" for r in rows))
    return "path: %s.jsonl" % name


SQL_TYPES = {"integer": "INTEGER", "number": "REAL", "decimal(12,2)": "REAL", "string": "TEXT", "date": "TEXT", "timestamp": "TEXT"}


def write_sqlite(p, name, rows, names):
    db = sqlite3.connect(p.path("data.db"))
    kinds = [SQL_TYPES[TYPES[c[:-4] if c.endswith("_new") else c]] for c in names]
    db.execute("CREATE TABLE %s (%s)" % (name, ", ".join("%s %s" % e for e in zip(names, kinds))))
    db.executemany("INSERT INTO %s VALUES (%s)" % (name, ", ".join("?" * len(names))), [[stored(r[c]) for c in names] for r in rows])
    db.commit()
    db.close()
    return "source: db\n    table: %s" % name


PARQUET_TYPES = {"integer": ("INT64", None), "number": ("DOUBLE", None), "decimal(12,2)": ("DOUBLE", None), "string": ("BYTE_ARRAY", "string"),
                 "date": ("INT32", "date"), "timestamp": ("INT64", "timestamp_us")}


def write_parquet(p, name, rows, names):
    columns = []
    for c in names:
        values = [r[c] for r in rows]
        physical, logical = PARQUET_TYPES[TYPES[c[:-4] if c.endswith("_new") else c]]
        if any(isinstance(v, str) for v in values):
            physical, logical = PARQUET_TYPES["string"]
        elif logical == "date":
            values = [v and (v - datetime.date(1970, 1, 1)).days for v in values]
        elif logical == "timestamp_us":
            values = [v and (v - datetime.datetime(1970, 1, 1)) // datetime.timedelta(microseconds=1) for v in values]
        columns.append(parquet_writer.Column(c, getattr(parquet_writer, physical), values, logical=logical, optional=True))
    parquet_writer.write(p.path(name + ".parquet"), columns, group_rows=64)
    return "path: %s.parquet" % name


def project(p, tables, write, checks, declared):
    """tables: {name: (rows, names)}."""
    assets = []
    for name, (rows, names) in tables.items():
        where = write(p, name, rows, names)
        text = "  %s:\n    %s\n    allow_empty: true\n" % (name, where)
        if declared:
            text += "    columns: {%s}\n" % ", ".join("%s: {type: %s}" % (c, "'%s'" % TYPES[c]) for c in declared)
        assets.append(text + "    checks:\n" + "".join("      - %s\n" % c for c in checks))
    p.catalog(("sources: {db: {url: 'sqlite:data.db'}}\n" if write is write_sqlite else "") + "assets:\n" + "".join(assets))


def label(check_id):
    return check_id.split(":", 1)[1]


def plain(rows, declared, write):
    """As the format has them: times are texts where nothing says that they are none."""
    if declared:
        return [dict(r, cost=decimal.Decimal("%.2f" % r["cost"])) for r in rows]
    return rows if write in (write_csv, write_parquet) else [{k: text_of(v) for k, v in r.items()} for r in rows]


def agree(p, write, checks, declared):
    rows = plain(table(), declared, write)
    project(p, {"t": (rows, list(NAMES))}, write, checks, declared)
    got = p.json("mutate", "t").expect(0).json["assets"][0]
    asked = {label(c["id"]) for c in got["checks"] if c["asked"]}
    assert len(asked) >= len(checks), got["checks"]
    tables, noticed = {"t": (rows, list(NAMES))}, {}
    for i, f in enumerate(got["faults"]):
        if f["state"] in ("no effect", "not planted"):
            continue
        changed, names = [dict(r) for r in rows], list(NAMES)
        plant(f["fault"], f["column"], changed, names)
        tables["m%d" % i] = (changed, names)
        noticed["m%d" % i] = f
    assert len(noticed) > 60, len(noticed)
    if os.path.exists(p.path("data.db")):
        os.unlink(p.path("data.db"))
    project(p, tables, write, checks, declared)
    done = p.json("check")
    assert done.status in (1, 3), done.err
    for name, f in noticed.items():
        verdicts = done.asset(name)["checks"]
        want = {(label(c["id"]), c["outcome"]) for c in verdicts if c["outcome"] not in ("pass", "skipped") and label(c["id"]) in asked}
        same({(label(c["id"]), c["outcome"]) for c in f["noticed_by"]}, want, "%s of %s (%s)" % (f["fault"], f["column"], name))
        same(f["state"], "caught" if want else "missed", f["fault"])
    return got


@test
def a_fault_in_csv_is_noticed_as_if_it_were_in_the_file(p):
    got = agree(p, write_csv, CHECKS + WITH_MORE, [])
    columns = collections.defaultdict(set)
    for f in got["faults"]:
        columns[f["fault"]].add(f["column"])
    numbers, texts, times = {"amount", "cost", "qty"}, {"status", "city"}, {"day", "at", "seen"}
    for fault, want in {"null_some": set(NAMES), "empty_text": texts, "times_100": numbers, "as_text": numbers | {"id"}, "rounded": {"amount", "cost"}, "category": texts,
                        "zone": {"at", "seen"}, "day": {"day"}, "future": times, "key_twice": {"id"}, "column_swap": {"amount", "status", "at"},
                        "column_lost": set(NAMES), "half_lost": {""}, "stale": {""}}.items():
        same(columns[fault], want, fault)
    same({f["column"]: f["state"] for f in got["faults"] if f["fault"] == "mojibake"}["status"], "no effect")


@test
def a_fault_in_json_lines_is_noticed_as_if_it_were_in_the_file(p):
    agree(p, write_jsonl, [c for c in CHECKS if "at <=" not in c and "day" not in c], [])


@test
def a_fault_in_parquet_is_noticed_as_if_it_were_in_the_file(p):
    agree(p, write_parquet, CHECKS + WITH_MORE, [])


@test
def a_fault_in_declared_columns_is_noticed_as_if_it_were_in_the_file(p):
    for write in (write_csv, write_jsonl):
        agree(p, write, CHECKS + WITH_MORE, NAMES)


@test
def a_fault_in_a_table_is_noticed_as_if_it_were_in_the_table(p):
    agree(p, write_sqlite, [c for c in CHECKS if "at <=" not in c and "day" not in c], [])


@test
def a_fault_in_a_table_with_declared_columns_is_noticed_as_if_it_were_in_the_table(p):
    agree(p, write_sqlite, CHECKS + WITH_MORE, NAMES)


# What it tells ------------------------------------------------------------------------------------------------------------

def small(p, checks, n=120, asset="", name="t.csv"):
    p.write(name, "id,amount,status,at\n" + "".join("%d,%d.25,%s,2024-05-%02dT08:00:00\n" % (i + 1, 20 + i * 37 % 60, ["paid", "open", "sent"][i % 3], 1 + i % 9)
                                                   for i in range(n)))
    p.catalog("assets:\n  t:\n    path: %s\n%s    checks:\n" % (name, asset) + "".join("      - %s\n" % c for c in checks))


def snapshot(p):
    out = {}
    for where, _, names in os.walk(p.dir):
        for name in names:
            with open(os.path.join(where, name), "rb") as f:
                out[os.path.join(where, name)] = f.read()
    return out


@test
def proposed_checks_pass_and_leave_fewer_faults_unnoticed(p):
    small(p, ["unique: id"])
    before = snapshot(p)
    first = p.json("mutate").expect(0).json["assets"][0]
    same(snapshot(p), before, "nothing was written")
    proposals = [x["check"] for x in first["proposed"]]
    assert len(proposals) > 8, proposals
    small(p, ["unique: id"] + proposals)
    p.weir("check").expect(0)
    second = p.json("mutate").expect(0).json["assets"][0]
    same(second["noticed"], first["noticed_with_proposed"])
    same(second["planted"], first["planted"])
    same([f for f in second["faults"] if f["proposal"]], [], "what is left has no check")
    for f in second["faults"]:
        assert (f["state"] == "missed") == (f["reason"] != ""), f


@test
def the_same_seed_gives_the_same_faults(p):
    small(p, ["unique: id", "between: {column: amount, min: 0, max: 100}", "increasing: id"], n=900)
    same(p.json("mutate", "--threads", "1").json, p.json("mutate", "--threads", "4").json)
    assert p.json("mutate").json["assets"] == p.json("mutate", "--seed", "1").json["assets"]
    rows = [{f["fault"]: f["rows"] for f in p.json("mutate", "--seed", str(seed)).json["assets"][0]["faults"] if f["column"] == "status"}
            for seed in (1, 2)]
    assert rows[0] != rows[1], rows


@test
def a_check_counts_what_it_noticed_and_what_only_it_did(p):
    small(p, ["not_null: id", "unique: id", "{not_null: amount, warn: '> 0', name: warns}"])
    got = p.json("mutate").expect(0).json["assets"][0]
    for c in got["checks"]:
        by = [f for f in got["faults"] if c["id"] in [x["id"] for x in f["noticed_by"]]]
        same(c["noticed"], len(by), c["id"])
        same(c["alone"], sum(len(f["noticed_by"]) == 1 for f in by), c["id"])
    same(got["noticed"], sum(f["state"] == "caught" for f in got["faults"]))
    same(got["planted"], sum(f["state"] in ("caught", "missed") for f in got["faults"]))
    found = {f["fault"]: f for f in got["faults"] if f["column"] == "amount"}
    same(found["null_some"]["noticed_by"], [{"id": "t:warns", "outcome": "warn"}], "a warning is a notice")
    same({x["outcome"] for f in got["faults"] if f["fault"] == "column_lost" and f["column"] == "id" for x in f["noticed_by"]}, {"error"})


@test
def what_cannot_be_asked_is_told_and_not_counted(p):
    p.write("other.csv", "id\n1\n")
    small(p, ["between: {column: amount, min: 50}", "{unique: id, enabled: false, name: off}", "not_null: id",
              "change: {of: row_count, against: previous, within_percent: 50}", "drift: {column: amount, against: previous, method: psi, max: 0.2}",
              "relationships: {column: id, to: other, field: id}"])
    with open(p.path("weir.yaml"), "a", encoding="utf-8") as f:
        f.write("  other: {path: other.csv}\n")
    got = p.json("mutate", "t").expect(0).json["assets"][0]
    why = {label(c["id"]): (c["asked"], c["outcome"], c["message"]) for c in got["checks"]}
    same(why["between:amount"][:2], (False, "fail"))
    same(why["off"], (False, "skipped", "it is switched off"))
    same(sum(w[0] for name, w in why.items() if name.startswith("drift")), 0)
    same({w[2] for name, w in why.items() if name.startswith(("change", "drift", "relationships"))}, {"it compares with the past", "it looks at another asset"})
    same({c["id"] for f in got["faults"] for c in f["noticed_by"]} - {"t:not_null:id", "t:not_empty", "t:well_formed"}, set())
    contains(p.weir("mutate", "t").out, "fails already", "not asked: it is switched off", "not asked: it compares with the past")


@test
def of_a_sample_rows_are_not_counted(p):
    small(p, ["row_count: {min: 100}", "not_null: id", "all: [{row_count: {min: 100}}, not_empty]"])
    got = p.json("mutate", "--rows", "50").expect(0).json["assets"][0]
    same((got["rows"], got["sampled"]), (50, True))
    same({label(c["id"]) for c in got["checks"] if not c["asked"]}, {"row_count", "all"})
    same({f["fault"] for f in got["faults"] if f["state"] == "not planted"}, {"half_lost", "all_lost", "repeated"})
    for n in (119, 120, 121):
        same(p.json("mutate", "--rows", str(n)).json["assets"][0]["sampled"], n < 120, n)
    contains(p.weir("mutate", "--rows", "50").out, "the first 50 rows")


@test
def a_score_below_the_bound_ends_with_one(p):
    small(p, ["unique: id"])
    score = p.json("mutate").expect(0).json["score"]
    p.weir("mutate", "--fail-under", str(int(score))).expect(0)
    p.weir("mutate", "--fail-under", str(int(score) + 1)).expect(1)
    p.weir("mutate", "--fail-under", "0", "--fault", "all_lost", "--fault", "key_twice").expect(0, "2 faults planted, 2 noticed (100.0 %)")


@test
def what_cannot_be_judged_ends_with_three(p):
    small(p, ["mean: {column: status, min: 1}", "not_null: id"])
    p.weir("mutate").expect(3, "cannot be evaluated")
    p.catalog("assets:\n  t: {path: gone.csv, checks: [not_null: id]}\n")
    p.weir("mutate").expect(3, "no file matches 'gone.csv'")
    p.write("gone.csv", "id\n")
    p.weir("mutate", "--fail-under", "0").expect(3, "'t' has no rows to plant faults into")
    got = p.json("mutate").expect(3).json
    same([list(a) for a in got["assets"]], [["key", "partition", "error"]])


@test
def wrong_calls_of_mutate_are_told(p):
    small(p, ["not_null: id"])
    p.write("suite.yaml", "checks: [not_null: id]\n")
    for args, words in ((("nothing",), "nothing"), (("--fault", "nul_all"), "did you mean 'null_all'"), (("--rows", "0"), "--rows"),
                        (("--fail-under", "101"), "--fail-under"), (("--source", "t.csv"), "--suite"), (("--suite", "suite.yaml"), "--source"),
                        (("t", "--source", "t.csv", "--suite", "suite.yaml"), "--source"), (("check:x",), "check"), (("--format", "gx"), "gx")):
        p.weir("mutate", *args).expect(2, words)
    p.weir("mutate", "--source", "t.csv", "--suite", "suite.yaml").expect(0, "not_null:id")


@test
def what_mutate_writes_is_as_its_schema_says(p):
    try:
        import jsonschema
    except ImportError:
        return "SKIP python3-jsonschema is not installed"
    small(p, ["not_null: id", "between: {column: amount, min: 50}"])
    with open(p.path("weir.yaml"), "a", encoding="utf-8") as f:
        f.write("  gone: {path: gone.csv}\n")
    schema = json.loads(p.weir("config", "schema", "mutate").expect(0).out)
    done = p.json("mutate").expect(3)
    same([e.message for e in jsonschema.Draft202012Validator(schema).iter_errors(done.json)], [])
    contains(p.weir("mutate", "t", "--format", "markdown").expect(0).out, "| <code>amount</code> | unit x 100 | ", "planted faults noticed")
    return None


@test
def the_newest_partition_is_taken(p):
    for day in range(1, 4):
        p.write("d/2024-05-%02d.csv" % day, "id\n" + "".join("%d\n" % i for i in range(10 * day)))
    p.catalog("assets:\n  t:\n    path: 'd/{date:%Y-%m-%d}.csv'\n    partitions: {date: {every: day, from: 2024-05-01}}\n    checks: [not_null: id]\n")
    got = p.json("mutate").expect(0).json["assets"]
    same([(a["partition"], a["rows"]) for a in got], [("2024-05-03", 30)])
    got = p.json("mutate", "--partition", "2024-05-01..2024-05-02").expect(0).json["assets"]
    same([(a["partition"], a["rows"]) for a in got], [("2024-05-01", 10), ("2024-05-02", 20)])


@test
def personal_data_is_in_no_proposal(p):
    p.write("t.csv", "id,name,salary\n" + "".join("%d,%s,%d\n" % (i, ("annsecret", "bobsecret")[i % 2], 7700 + i % 3) for i in range(60)))
    p.catalog("assets:\n  t: {path: t.csv, columns: {name: {tags: [pii]}, salary: {tags: [pii]}}, checks: [not_null: id]}\n")
    for form in ("text", "json", "markdown"):
        out = p.weir("mutate", "--all", "--format", form).expect(0).out
        assert "secret" not in out and "77" not in out, out


@test
def the_page_on_faults_names_them_all(p):
    from project import ROOT
    small(p, ["not_null: id"])
    with open(os.path.join(ROOT, "docs/how-to/mutation-coverage.md"), encoding="utf-8") as f:
        page = f.read()
    for fault in {f["fault"] for f in p.json("mutate").json["assets"][0]["faults"]} | set(VALUES):
        contains(page, "`%s`" % fault)


@test
def faults_are_the_same_with_any_number_of_threads(p):
    """Also what is proposed: a check that does for several faults is proposed for the first of them."""
    rows = table(400)
    p.write("t.csv", "\n".join([",".join(NAMES)] + [",".join("" if r[n] is None else str(r[n]) for n in NAMES) for r in rows]) + "\n")
    for checks in (["not_null: id"], CHECKS[:6] + WITH_MORE):
        p.catalog("assets:\n  t:\n    path: t.csv\n    checks:\n" + "".join("      - %s\n" % c for c in checks))
        # Little memory is for one fault at a time.
        all_ = [p.weir("mutate", "--format", "json", "--now", "2024-05-10T12:00:00Z", *args).expect(0).json
                for args in (("--threads", "1"), ("--threads", "2"), ("--threads", "7"), ("--threads", "5", "--memory", "1MB"))]
        for got in all_[1:]:
            same(got, all_[0])
        same(len(all_[0]["assets"][0]["proposed"]) > 5, True)


@test
def a_terminal_is_told_how_far_it_is(p):
    import pty
    import select
    import subprocess
    import time
    rows = table(400) * 40
    p.write("t.csv", "\n".join([",".join(NAMES)] + [",".join("" if r[n] is None else str(r[n]) for n in NAMES) for r in rows]) + "\n")
    p.catalog("assets:\n  t: {path: t.csv, checks: [{not_null: [id, qty]}, {match_regex: {column: city, regex: '^[A-Z][^0-9]*(e|n|z)'}}]}\n")
    from project import WEIR
    for more, told in ((["--threads", "1"], True), (["--threads", "1", "--quiet"], False)):
        ours, theirs = pty.openpty()
        child = subprocess.Popen([WEIR, "mutate", *more], cwd=p.dir, env=p.env, stdout=subprocess.DEVNULL, stderr=theirs)
        os.close(theirs)
        text, end = b"", time.monotonic() + 100
        while time.monotonic() < end and select.select([ours], [], [], 100)[0]:
            try:
                more = os.read(ours, 65536)
            except OSError:
                break
            text += more
        os.close(ours)
        same(child.wait(), 0)
        same((b" faults" in text and b"%" in text, text.endswith(b"\r\x1b[K")), (told, told))
