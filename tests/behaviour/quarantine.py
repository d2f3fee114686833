"""`quarantine:`: failing rows go where the catalog says, all of them, and nowhere else; or the check is no verdict."""
import csv
import gzip
import io
import json
import os
import random
import resource
import sqlite3
import subprocess

from project import TIMEOUT_S, WEIR, contains, same, test
from service import Service

N = 5000
ASIDE = ["weir_row", "weir_file", "weir_checks", "weir_run_id", "weir_asset", "weir_partition", "weir_time"]
CHECKS = {
    "not_null:n": ("not_null: n", lambda r: r["n"] is None),
    "between:n": ("between: {column: n, min: -40, max: 40}", lambda r: r["n"] is not None and not -40 <= r["n"] <= 40),
    "in_set:word": ("in_set: {column: word, values: [a, bb]}", lambda r: r["word"] not in ("a", "bb", None)),
    "unique:code": ("unique: code", None),
    "pair": ("greater_than: {a: m, b: n}", None),
    "expr": ("expr: n IS NULL OR n <> 7", lambda r: r["n"] == 7),
    "increasing:id": ("increasing: id", None),
}
NAMES = ("id", "n", "m", "word", "code")


def table(seed=3, rows=N):
    r = random.Random(seed)
    return [dict(id=i if r.random() > 0.01 else i - 3, n=r.choice([None, *range(-50, 50)]), m=r.randrange(-60, 60),
                 word=r.choice(["a", "bb", "ccc", '"q,', "line\nbreak", None]), code=r.randrange(rows * 2)) for i in range(rows)]


def broken(data):
    """By check: the numbers of the rows that break it, as Python has it."""
    seen, out = {}, {}
    for i, r in enumerate(data):
        seen.setdefault(r["code"], []).append(i)
    for name, (_, test_row) in CHECKS.items():
        if test_row is not None:
            out[name] = [i for i, r in enumerate(data) if test_row(r)]
    out["unique:code"] = sorted(i for at in seen.values() if len(at) > 1 for i in at)
    out["pair"] = [i for i, r in enumerate(data) if r["n"] is None or not r["m"] > r["n"]]
    out["increasing:id"] = [i for i in range(1, len(data)) if data[i]["id"] < data[i - 1]["id"]]
    return out


def csv_text(data, names=NAMES):
    out = io.StringIO()
    w = csv.writer(out, lineterminator="\n")
    w.writerow(names)
    for r in data:
        w.writerow(["" if r[n] is None else r[n] for n in names])
    return out.getvalue()


def catalog(source, to, more=""):
    return ("assets:\n  t:\n%s    quarantine: {to: %s%s}\n    checks:\n" % (source, json.dumps(to), more) +
            "".join("      - %s\n%s" % (c, "" if c.split(":")[0] in n else "        name: %s\n" % n) for n, (c, _) in CHECKS.items()))


def read_csv(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def read_jsonl(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def sources(p, data):
    """The same rows in every form that is read."""
    text = csv_text(data)
    p.write("data/t.csv", text)
    p.write("gz/t.csv.gz", gzip.compress(text.encode()))
    p.write("lines/t.jsonl", "".join(json.dumps(r) + "\n" for r in data))
    third = len(data) // 3
    for i in range(3):
        p.write("parts/%d.csv" % i, csv_text(data[i * third:(i + 1) * third if i < 2 else None]), at=9000)
    p.sqlite("t.db", "CREATE TABLE t (id INTEGER, n INTEGER, m INTEGER, word TEXT, code INTEGER)")
    db = sqlite3.connect(p.path("t.db"))
    db.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", [tuple(r[n] for n in NAMES) for r in data])
    db.commit()
    db.close()
    return {"csv": "    path: data/t.csv\n", "gz": "    path: gz/t.csv.gz\n", "jsonl": "    path: lines/t.jsonl\n",
            "parts": '    path: "parts/*.csv"\n', "sqlite": "    source: sqlite:t.db\n    table: t\n"}


@test
def every_failing_row_is_written_once_with_the_checks_that_it_breaks(p):
    data = table()
    want = broken(data)
    rows = sorted({i for at in want.values() for i in at})
    for name, source in sources(p, data).items():
        for threads in ("1", "4"):
            p.catalog(catalog(source, "bad/{asset}.jsonl"))
            done = p.json("check", "--threads", threads, env={"WEIR_MORSEL_BYTES": "3000"}).expect(1)
            got = read_jsonl(p.path("bad/t.jsonl"))
            same([r["row"] for r in got], rows, name)
            for check, at in want.items():
                same([r["row"] for r in got if "t:" + check in r["checks"]], at, "%s %s" % (name, check))
                c = done.check("t:" + check)
                same(c["quarantine"], {"to": "bad/t.jsonl", "rows": len(at), "failing": len(at)}, "%s %s" % (name, check))
                same(c["result"]["unexpected_count"], len(at))
            same([r["data"] for r in got], [data[i] for i in rows], name)
            same({(r["asset"], r["partition"], r["time"], r["run_id"]) for r in got}, {("t", None, p.now, done.json["run_id"])})
            os.remove(p.path("bad/t.jsonl"))


@test
def all_three_forms_hold_the_same_rows(p):
    data = table(5)
    rows = sorted({i for at in broken(data).values() for i in at})
    source = sources(p, data)["parts"]
    for to in ("bad/x.csv", "bad/x.jsonl", "sqlite:bad/x.db?table=bad%20rows"):
        p.catalog(catalog(source, to))
        contains(p.weir("check").expect(1).out, "rows are in " + to.replace("%20", " "))
    lines = read_jsonl(p.path("bad/x.jsonl"))
    fields = read_csv(p.path("bad/x.csv"))
    same(list(fields[0]), ASIDE + list(NAMES))
    same([int(r["weir_row"]) for r in fields], rows)
    same([r["weir_checks"].split("; ") for r in fields], [r["checks"] for r in lines])
    same([r["weir_file"] for r in fields], [r["file"] for r in lines])
    same(sorted({os.path.basename(r["file"]) for r in lines}), ["0.csv", "1.csv", "2.csv"])
    same([[r[n] for n in NAMES] for r in fields], [["" if data[i][n] is None else str(data[i][n]) for n in NAMES] for i in rows])
    db = sqlite3.connect(p.path("bad/x.db"))
    same(db.execute('SELECT weir_row, id, n, m, word, code FROM "bad rows"').fetchall(),
         [(i, *(data[i][n] for n in NAMES)) for i in rows])
    same(db.execute('SELECT count(*) FROM "bad rows", json_each(weir_checks) WHERE value = \'t:unique:code\'').fetchone()[0],
         len(broken(data)["unique:code"]))
    db.close()


FORMULAS = [("=1+1", "'=1+1"), ("+1+1", "'+1+1"), ("-1+1", "'-1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("\tx", "'\tx"), ("\rx", "'\rx"),
            ("-5", "-5"), ("+5.25e3", "+5.25e3"), ("-0.5", "-0.5"), ("-", "'-"), ("+", "'+"), ("-1,5", "'-1,5"), ("-inf", "'-inf"),
            ("--1", "'--1"), ("-1e", "'-1e"), (" =1", " =1"), ("a=1", "a=1"), ("'=1", "'=1"), ("", ""), ('"=1"', '"=1"'), ("=a\"b", "'=a\"b"),
            ("-0x1", "'-0x1"), ("+49 30 1", "'+49 30 1"), ("-1.", "'-1."), ("-.5", "'-.5"), ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0")]


@test
def no_field_of_a_csv_file_is_a_formula(p):
    p.write("t.jsonl", "".join(json.dumps({"=id": i, "s": s}) + "\n" for i, (s, _) in enumerate(FORMULAS)))
    for to in ("x.csv", "x.jsonl"):
        p.catalog('assets:\n  t: {path: t.jsonl, columns: {s: string}, checks: [{expr: "s IS NULL", quarantine: {to: bad/%s}}]}\n' % to)
        p.weir("check").expect(1)
    with open(p.path("bad/x.csv"), newline="") as f:
        rows = list(csv.reader(f))
    same(rows[0], ASIDE + ["'=id", "s"])
    same([r[-1] for r in rows[1:]], [want for _, want in FORMULAS])
    same([r["data"]["s"] for r in read_jsonl(p.path("bad/x.jsonl"))], [s for s, _ in FORMULAS])


@test
def numbers_stand_as_they_were_written(p):
    p.write("t.csv", "a,b,d,s\n1.50,007,2024-01-01 00:00:00,x\n0.12345678901234567890,1e3,2024-01-02 01:02:03,\"\"\n,,,\n")
    p.catalog('assets:\n  t: {path: t.csv, checks: [{expr: "1 = 2", quarantine: {to: bad.d/x.csv}}]}\n')
    p.weir("check").expect(1)
    with open(p.path("bad.d/x.csv")) as f:
        text = f.read()
    same([line.split(",", 7)[7] for line in text.splitlines()[1:]],
         ["1.50,007,2024-01-01 00:00:00,x", '0.12345678901234567890,1e3,2024-01-02 01:02:03,""', ",,,"])


@test
def the_state_takes_no_failing_rows(p):
    p.write("t.csv", "id\n1\n\n")
    p.catalog('assets:\n  t: {path: t.csv, checks: [{not_null: id, quarantine: {to: "sqlite:.weir/state.db?table=bad"}}]}\n')
    for _ in range(2):
        done = p.weir("check").expect(3)
        contains(done.out + done.err, "is a state of weir's own")
    with sqlite3.connect(p.path(".weir/state.db")) as db:
        same(db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'bad'").fetchone(), (0,))


@test
def what_does_not_fit_its_type_is_written_as_it_stands_there(p):
    p.write("t.csv", "id,n\n1,5\n2,five\n3,\n4,500\nx,7\n")
    p.catalog("assets:\n  t:\n    path: t.csv\n    columns: {id: integer, n: integer}\n    quarantine: {to: bad/x.csv}\n"
              "    checks: [{max: {column: n, max: 10}}, {between: {column: n, max: 10}}, {unique: id}]\n")
    done = p.json("check")
    same([(r["weir_row"], r["weir_checks"], r["id"], r["n"]) for r in read_csv(p.path("bad/x.csv"))],
         [("1", "t:between:n; t:type:n", "2", "five"), ("3", "t:between:n", "4", "500"), ("4", "t:unique:id; t:type:id", "x", "7")])
    same(done.check("t:between:n")["quarantine"]["rows"], done.check("t:between:n")["result"]["unexpected_count"])
    # What judges no rows has none, and says nothing of them.
    same([c["id"] for c in done.json["assets"][0]["checks"] if "quarantine" in c],
         ["t:between:n", "t:unique:id", "t:type:id", "t:type:n"])


@test
def personal_data_is_masked_unless_the_catalog_says_keep(p):
    p.write("t.csv", "id,mail\n1,ann@x.org\n2,\n")
    for more, want in (("", ["***", ""]), (", pii: mask", ["***", ""]), (", pii: keep", ["ann@x.org", ""])):
        p.catalog("assets:\n  t:\n    path: t.csv\n    columns: {mail: {tags: [pii]}}\n"
                  "    checks:\n      - {expr: 'id > 5', quarantine: {to: bad/x.csv%s}}\n" % more)
        p.weir("check").expect(1)
        same([r["mail"] for r in read_csv(p.path("bad/x.csv"))], want)
    same(oct(os.stat(p.path("bad/x.csv")).st_mode & 0o777), "0o600")


@test
def a_limit_cuts_and_says_so(p):
    data = table()
    p.write("t.csv", csv_text(data))
    p.catalog("assets:\n  t:\n    path: t.csv\n    checks:\n      - {not_null: n, quarantine: {to: bad/x.jsonl, limit: 7}}\n")
    want = broken(data)["not_null:n"]
    assert len(want) > 7
    done = p.json("check").expect(1)
    same(done.check("t:not_null:n")["quarantine"], {"to": "bad/x.jsonl", "rows": 7, "failing": len(want)})
    same([r["row"] for r in read_jsonl(p.path("bad/x.jsonl"))], want[:7])
    contains(p.weir("check").out, "7 of %d rows are in bad/x.jsonl" % len(want))


@test
def a_run_without_failing_rows_leaves_none_of_an_older_one(p):
    p.catalog("assets:\n  t:\n    path: t.csv\n    checks: [{not_null: a, quarantine: {to: bad/x.csv}}]\n")
    p.write("t.csv", "a,b\n1,2\n")
    same(p.json("check").expect(0).check("t:not_null:a")["quarantine"], {"to": "bad/x.csv", "rows": 0, "failing": 0})
    assert not os.path.exists(p.path("bad/x.csv"))
    p.write("t.csv", "a,b\n1,2\n,3\n")
    p.weir("check").expect(1)
    same(len(read_csv(p.path("bad/x.csv"))), 1)
    os.chmod(p.path("bad/x.csv"), 0o644)
    p.write("t.csv", "a,b\n1,2\n1,3\n")
    p.weir("check").expect(0)
    same(read_csv(p.path("bad/x.csv")), [])
    same(oct(os.stat(p.path("bad/x.csv")).st_mode & 0o777), "0o644")
    same(os.listdir(p.path("bad")), ["x.csv"])


@test
def rows_that_are_put_up_with_are_written_too(p):
    p.write("t.csv", "a,b\n1,2\n,3\n4,4\n")
    p.catalog("assets:\n  t:\n    path: t.csv\n    checks: [{not_null: a, mostly: 0.5, quarantine: {to: bad/x.csv}}]\n")
    same(p.json("check").expect(0).check("t:not_null:a")["quarantine"]["rows"], 1)
    same([r["b"] for r in read_csv(p.path("bad/x.csv"))], ["3"])


@test
def names_of_places_cannot_lead_elsewhere(p):
    p.write("t.csv", "a,b\n,2\n")
    p.catalog("assets:\n  raw/../t:\n    path: t.csv\n    checks:\n"
              "      - {not_null: a, name: ../../x, quarantine: {to: 'bad/{asset}/{check}-{date}-{run_id}-{partition}.jsonl'}}\n")
    done = p.json("check")
    to = done.json["assets"][0]["checks"][0]["quarantine"]["to"]
    same(to, "bad/raw%%2F..%%2Ft/%%2E.%%2F..%%2Fx-2024-05-10-%s-all.jsonl" % done.json["run_id"])
    same(len(read_jsonl(p.path(to))), 1)


@test
def columns_are_told_from_what_stands_beside_them(p):
    p.write("t.csv", "weir_row,WEIR_TIME,_weir_row\n,2,3\n")
    p.catalog("assets:\n  t: {path: t.csv, checks: [{not_null: weir_row, quarantine: {to: bad/x.csv}}]}\n")
    p.weir("check").expect(1)
    same(list(read_csv(p.path("bad/x.csv"))[0]), ["__" + n for n in ASIDE] + ["weir_row", "WEIR_TIME", "_weir_row"])


@test
def segments_are_judged_alone_and_their_rows_written_once(p):
    p.write("t.csv", "id,region,n\n1,eu,\n2,us,5\n1,eu,7\n1,us,\n5,,\n5,,1\n")
    p.catalog("assets:\n  t:\n    path: t.csv\n    quarantine: {to: bad/x.csv}\n"
              "    checks: [{not_null: n, by: region}, {unique: id, by: region}]\n")
    done = p.json("check").expect(1)
    same([(r["weir_row"], r["weir_checks"]) for r in read_csv(p.path("bad/x.csv"))],
         [("0", "t:not_null:n; t:unique:id"), ("2", "t:unique:id"), ("3", "t:not_null:n"), ("4", "t:not_null:n; t:unique:id"), ("5", "t:unique:id")])
    same([done.check("t:" + c)["quarantine"]["rows"] for c in ("not_null:n", "unique:id")], [3, 4])


@test
def partitions_have_files_of_their_own_or_a_table_together(p):
    for day in (1, 2):
        p.write("d/2024-01-0%d.csv" % day, "a,b\n" + ",%d\n" % day * day)
    asset = 'assets:\n  t:\n    path: "d/{date:%%Y-%%m-%%d}.csv"\n    partitions: {date: {every: day, from: 2024-01-01}}\n    quarantine: {to: %s}\n    checks: [{not_null: a}]\n'
    p.catalog(asset % "bad/x.csv")
    p.weir("validate").expect(2, "all partitions of 't' would write", "{partition}")
    p.catalog(asset % "'bad/{partition}.csv'")
    p.weir("check").expect(1)
    same(sorted(os.listdir(p.path("bad"))), ["2024-01-01.csv", "2024-01-02.csv"])
    p.catalog(asset % "'sqlite:bad/x.db?table=t'")
    p.weir("check").expect(1)
    db = sqlite3.connect(p.path("bad/x.db"))
    same(db.execute("SELECT weir_partition, b FROM t ORDER BY b").fetchall(), [("2024-01-01", 1), ("2024-01-02", 2), ("2024-01-02", 2)])
    db.close()


MISTAKES = [
    ("{not_null: a, quarantine: {to: bad/x.txt}}", "ends neither in .csv nor in .jsonl"),
    ("{not_null: a, quarantine: bad/x.csv}", "'quarantine' must be a map"),
    ("{not_null: a, quarantine: {}}", "needs the key 'to'"),
    ("{not_null: a, quarantine: {to: 'bad/{aset}.csv'}}", "did you mean 'asset'"),
    ("{not_null: a, quarantine: {to: 'bad/{asset.csv'}}", "is not closed"),
    ("{not_null: a, quarantine: {to: s3://b/x.csv}}", "cannot be written to s3:"),
    ("{not_null: a, quarantine: {to: 'sqlite:x.db'}}", "names no table"),
    ("{not_null: a, quarantine: {to: 'sqlite:x.db?table='}}", "names no table"),
    ("{not_null: a, quarantine: {to: bad/x.csv, limit: 0}}", "at least 1"),
    ("{not_null: a, quarantine: {to: bad/x.csv, pii: show}}", "no value 'show'"),
    ("{row_count: {min: 1}, quarantine: {to: bad/x.csv}}", "judges no single rows"),
    ("{mean: {column: a, max: 1}, quarantine: {to: bad/x.csv}}", "quarantine is for checks of rows"),
    ("{all: [{not_null: a}], quarantine: {to: bad/x.csv}}", "judges no single rows"),
    ("{all: [{not_null: a, quarantine: {to: bad/x.csv}}]}", "says nothing of a part"),
    ("{not_null: a, quarantine: {to: data/t2.csv}}", "would be data of 't'"),
]


@test
def mistakes_are_told_with_their_place_before_anything_runs(p):
    p.write("data/t.csv", "a,b\n,1\n")
    for check, *words in MISTAKES:
        p.catalog('assets:\n  t:\n    path: "data/*.csv"\n    checks:\n      - %s\n' % check)
        p.weir("check").expect(2, "weir.yaml:6:", *words)
    p.catalog("assets:\n  t: {path: data/t.csv, quarantine: {to: bad/x.csv}, checks: [{not_null: a}]}\n"
              "  u: {path: data/t.csv, quarantine: {to: ./bad/x.csv}, checks: [{not_null: a}]}\n")
    p.weir("check").expect(2, "the failing rows of 'u' would take the place of those of 't'", "{asset}")
    same(os.path.exists(p.path("bad")), False)


@test
def data_is_not_overwritten_under_another_name_of_its_file(p):
    data = "a,b\n,1\n"
    p.write("data/t.csv", data)
    p.write("data/deep/x", "")
    p.sqlite("data/u.db", "CREATE TABLE t (a, b)", "INSERT INTO t VALUES (NULL, 1)")
    os.symlink("data", p.path("link"))
    os.symlink("data/t.csv", p.path("linked.csv"))
    os.symlink("data/u.db", p.path("other.db"))
    here = os.path.basename(p.path("").rstrip("/"))
    for path in ("data/t.csv", "data/*.csv", "link/t.csv", "linked.csv", "bad/../data/t.csv"):
        for to in ("bad/../data/t.csv", "data/deep/../t.csv", "link/t.csv", "new/../link/{asset}.csv", "../%s/data/t.csv" % here):
            p.catalog('assets:\n  t: {path: "%s", checks: [{not_null: a, quarantine: {to: "%s"}}]}\n' % (path, to))
            p.weir("check").expect(2, "would be data of 't'")
    for to in ("other.db?table=t", "link/u.db?table=T", "bad/../data/u.db?table=t"):
        p.catalog('sources:\n  s: {url: "sqlite:data/u.db"}\nassets:\n  t: {source: s, table: t, checks: [{not_null: a, quarantine: {to: "sqlite:%s"}}]}\n' % to)
        p.weir("check").expect(2, "would be data of 't'")
    same(open(p.path("data/t.csv")).read(), data)
    # The link is replaced, not what it leads to.
    p.catalog("assets:\n  t: {path: data/t.csv, checks: [{not_null: a, quarantine: {to: linked.csv}}]}\n")
    p.weir("check").expect(1)
    same((open(p.path("data/t.csv")).read(), len(read_csv(p.path("linked.csv")))), (data, 1))
    p.catalog("assets:\n  t: {path: data/t.csv, quarantine: {to: bad/x.csv}, checks: [{not_null: a}]}\n"
              "  u: {path: data/t.csv, quarantine: {to: data/deep/../../bad/x.csv}, checks: [{not_null: a}]}\n")
    p.weir("check").expect(2, "would take the place of")


PLACES = [
    # What the name comes to in the run leads to the data: by links in folders, and by names that no pattern was known to fit before.
    ("data/t.csv", "bad/{date}/t.csv", "bad/2024-05-10", "data"),
    ("data/t.csv", "bad/{date}/t.csv", "bad/2024-05-10", "link"),
    ("data/t.csv", "bad/{asset}/{run_id}.csv", None, None),
    ("data/2024-*.csv", "data/{date}.csv", None, None),
    ("data", "bad/{date}/t.csv", "bad/2024-05-10", "data"),
    ("data", "bad/{date}/new.csv", "bad/2024-05-10", "data"),
    ("hive", "hive/d=1/{date}.csv", None, None),
    ("*/t.csv", "bad/{date}/t.csv", "bad/2024-05-10", "far"),
]


@test
def names_that_are_known_in_the_run_only_do_not_lead_to_data(p):
    data = "a,b\n,1\n2,2\n"
    for i, (path, to, link, target) in enumerate(PLACES):
        os.makedirs(p.path("%d" % i))
        inner = p.path("%d" % i)
        for name in ("data/t.csv", "data/2024-05-10.csv", "hive/d=1/x.csv", "far.off/t.csv"):
            p.write("%d/%s" % (i, name), data)
        os.symlink("data", inner + "/link")
        os.symlink("far.off", inner + "/far")
        if link is not None:
            os.makedirs(os.path.dirname(inner + "/" + link), exist_ok=True)
            os.symlink(os.path.join(inner, target), inner + "/" + link)
        fails = "run_id" in to
        p.write("%d/weir.yaml" % i, 'version: 1\nassets:\n  t: {path: "%s", format: csv, quarantine: {to: "%s"}, checks: [{not_null: a}, {row_count: {min: 1}}]}\n' % (path, to))
        done = p.weir("-C", inner, "check", "--now", "2024-05-10T12:00:00Z")
        if fails:
            done.expect(1)
        elif done.status == 2:
            done.expect(2, "would be data of 't'")
        else:
            done.expect(3, "not kept", "leads to data of 't'", "folder of their own")
        for name in ("data/t.csv", "data/2024-05-10.csv", "hive/d=1/x.csv", "far.off/t.csv"):
            same(open(os.path.join(inner, name)).read(), data)
        same(sorted(os.listdir(inner + "/data")), ["2024-05-10.csv", "t.csv"])


@test
def a_folder_that_is_data_takes_no_failing_rows(p):
    p.write("data/t.csv", "a,b\n,1\n")
    p.write("table.parquet/_old/x.csv", "a\n")
    for path, to, refused in (("data", "data/bad.csv", True), ("data/", "data/d=1/bad.csv", True), ("data", "data/_bad/x.csv", False), ("data", "data/deep/bad.csv", False),
                              ("da*", "data/bad.csv", False), ("*.d", "x.d/bad.csv", True), ("data/[t].csv", "data/t.csv", True)):
        p.catalog('assets:\n  t: {path: "%s", format: csv, checks: [{not_null: a, quarantine: {to: "%s"}}]}\n' % (path, to))
        done = p.weir("validate")
        if refused:
            done.expect(2, "would be data of 't'")
        else:
            done.expect(0)


@test
def a_run_does_not_put_rows_of_one_asset_over_those_of_another(p):
    p.write("t.csv", "a\n\"\"\nx\n")
    os.makedirs(p.path("bad/t"))
    os.symlink("t", p.path("bad/u"))
    os.symlink(p.path("bad/t"), p.path("bad/2024-05-10"))
    p.catalog("assets:\n" + "".join('  %s: {path: t.csv, quarantine: {to: "bad/%s"}, checks: [{in_set: {column: a, values: [%s]}}]}\n' % row for row in (
        ("t", "t/x.csv", "x"), ("u", "{date}/x.csv", "y"), ("v", "v/x.csv", "x"))))
    p.weir("check", "--now", "2024-05-10T12:00:00Z").expect(3, "leads to where the failing rows of 't' are", "{asset}")
    same(len(read_csv(p.path("bad/t/x.csv"))), 1)
    same(len(read_csv(p.path("bad/v/x.csv"))), 1)


@test
def rows_are_not_added_to_the_table_that_they_come_from(p):
    p.sqlite("data.db", "CREATE TABLE t (a, b)", "INSERT INTO t VALUES (NULL, 1)")
    os.symlink("data.db", p.path("2024-05-10.db"))
    p.catalog('sources:\n  s: {url: "sqlite:data.db"}\nassets:\n  t: {source: s, table: t, checks: [{not_null: a, quarantine: {to: "sqlite:{date}.db?table=T"}}]}\n')
    p.weir("check", "--now", "2024-05-10T12:00:00Z").expect(3, "leads to data of 't'")
    p.weir("check", "--now", "2024-05-11T12:00:00Z").expect(1)
    db = sqlite3.connect(p.path("data.db"))
    same(db.execute("SELECT count(*) FROM t").fetchone(), (1,))
    db.close()


@test
def what_an_asset_says_holds_for_all_its_checks_of_rows_that_say_nothing_else(p):
    p.write("t.csv", "a,b,c\n,1,\n,,2\n")
    p.catalog("assets:\n  t:\n    path: t.csv\n    quarantine: {to: bad/all.csv}\n    checks:\n      - not_null: a\n"
              "      - {not_null: b, quarantine: {to: bad/b.csv}}\n      - {not_null: c, quarantine: off}\n      - row_count: {max: 1}\n")
    done = p.json("check").expect(1)
    same({c["id"]: c["quarantine"]["to"] for c in done.json["assets"][0]["checks"] if "quarantine" in c},
         {"t:not_null:a": "bad/all.csv", "t:not_null:b": "bad/b.csv"})
    same((len(read_csv(p.path("bad/all.csv"))), len(read_csv(p.path("bad/b.csv")))), (2, 1))


@test
def what_cannot_be_written_is_an_error_of_its_checks_and_of_no_others(p):
    p.write("t.csv", "a,b\n,1\n")
    p.write("taken", "a file")
    os.makedirs(p.path("folder/x.csv"))
    os.makedirs(p.path("closed"))
    p.sqlite("other.db", "CREATE TABLE t (x)")
    p.write("nodb.db", "this is no database, but long enough to be taken for one " * 40)
    for to, word in (("taken/x.csv", "taken"), ("folder/x.csv", "folder/x.csv"), ("'sqlite:other.db?table=t'", "other columns"),
                     ("'sqlite:nodb.db?table=t'", "not a database"), ("'sqlite:folder?table=t'", "cannot write to sqlite:folder")):
        p.catalog("assets:\n  t:\n    path: t.csv\n    checks: [{not_null: a, quarantine: {to: %s}}, {not_null: b}, {unique: b, quarantine: {to: ok/x.csv}}]\n" % to)
        done = p.json("check").expect(3)
        same({k: v for k, v in done.outcomes().items() if "null" in k or "unique" in k},
             {"t:not_null:a": "error", "t:not_null:b": "pass", "t:unique:b": "pass"}, to)
        c = done.check("t:not_null:a")
        contains(c["message"], "1 of 1 values are null", "its failing rows are not kept", word)
        contains(json.dumps(c["error"]), "weir.yaml", '"line": 5')
        assert "quarantine" not in c
    if os.geteuid() != 0:
        os.chmod(p.path("closed"), 0o500)
        p.catalog("assets:\n  t: {path: t.csv, checks: [{not_null: a, quarantine: {to: closed/x.csv}}]}\n")
        p.weir("check").expect(3, "Permission denied")


@test
def a_full_disk_leaves_what_was_there_and_no_verdict(p):
    data = table()
    rows = len({i for at in broken(data).values() for i in at})
    p.write("t.csv", csv_text(data))
    for to in ("bad/x.csv", "bad/x.jsonl", "sqlite:bad/x.db?table=t"):
        p.catalog(catalog("    path: t.csv\n", to))
        p.weir("check").expect(1)
        name = p.path(to.replace("sqlite:", "").partition("?")[0])
        with open(name, "rb") as f:
            before = f.read()
        # Files may not grow past this: as the disk, it refuses to write.
        words = ["check", "--format", "json", "--now", p.now, "--store", ":memory:"]
        done = subprocess.run([WEIR] + words, cwd=p.dir, env=p.env, capture_output=True, text=True, timeout=TIMEOUT_S,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20000, resource.RLIM_INFINITY)))
        same(done.returncode, 3, done.stdout + done.stderr)
        report = json.loads(done.stdout)
        outcomes = {c["id"]: c["outcome"] for c in report["assets"][0]["checks"]}
        same({outcomes["t:" + c] for c in CHECKS}, {"error"})
        with open(name, "rb") as f:
            same(f.read() == before or to.startswith("sqlite"), True, to)
        if to.startswith("sqlite"):
            db = sqlite3.connect(name)
            same(db.execute("SELECT count(*), count(DISTINCT weir_run_id) FROM t").fetchone(), (rows, 1))
            same(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            db.close()
    same(sorted(os.listdir(p.path("bad"))), ["x.csv", "x.db", "x.jsonl"])


@test
def two_runs_at_once_each_leave_whole_files_and_all_their_rows(p):
    data = table()
    rows = sorted({i for at in broken(data).values() for i in at})
    p.write("t.csv", csv_text(data))
    for to in ("bad/x.jsonl", "sqlite:bad/x.db?table=t"):
        p.catalog(catalog("    path: t.csv\n", to))
        running = [p.start("check", "--format", "json", "--store", ":memory:")[1] for _ in range(4)]
        runs = []
        for r in running:
            out, err = r.communicate(timeout=TIMEOUT_S)
            same(r.returncode, 1, out + err)
            runs.append(json.loads(out)["run_id"])
        if to.startswith("sqlite"):
            db = sqlite3.connect(p.path("bad/x.db"))
            same(db.execute("SELECT weir_run_id, count(*), count(DISTINCT weir_row) FROM t GROUP BY 1 ORDER BY 1").fetchall(),
                 [(r, len(rows), len(rows)) for r in sorted(runs)])
            db.close()
        else:
            got = read_jsonl(p.path(to))
            same([r["row"] for r in got], rows)
            assert len({r["run_id"] for r in got}) == 1 and got[0]["run_id"] in runs
    same(sorted(os.listdir(p.path("bad"))), ["x.db", "x.jsonl"])


@test
def what_is_kept_of_parts_does_not_stand_for_their_rows(p):
    data = table()
    want = broken(data)
    source = sources(p, data)["parts"]
    p.catalog(catalog(source, "bad/x.jsonl"))
    p.settle()
    p.weir("check").expect(1)
    os.remove(p.path("bad/x.jsonl"))
    done = p.json("check").expect(1)
    same(done.json["assets"][0]["parts_reused"] > 0, True)
    same({i for r in read_jsonl(p.path("bad/x.jsonl")) for i in [r["row"]]}, {i for at in want.values() for i in at})
    # One of three parts is new: the rows of the others are found again.
    p.write("parts/2.csv", csv_text(data[2 * (len(data) // 3):][:-1]), at=8000)
    p.weir("check").expect(1)
    want = broken(data[:-1])
    same([r["row"] for r in read_jsonl(p.path("bad/x.jsonl"))], sorted({i for at in want.values() for i in at}))


@test
def very_many_failing_rows_take_no_more_memory(p):
    # A row of 1 kB, of which each fails and half are repeated; one part, so that it is one piece of work.
    line = ",%d," + "x" * 1000 + "\n"
    text = ("a,b,c\n" + "".join(line % (i // 2) for i in range(60000))).encode()
    p.write("t.csv.gz", gzip.compress(text, 1))
    usage = {}
    for quarantine in ("off", "{to: bad/x.csv}", "{to: 'sqlite:bad/x.db?table=t'}"):
        p.catalog("assets:\n  t:\n    path: t.csv.gz\n    quarantine: %s\n    checks: [{not_null: a}, {unique: b}]\n" % quarantine)
        r, w = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.chdir(p.dir)
            os.dup2(w, 1)
            os.execve(WEIR, [WEIR, "check", "--format", "json", "--now", p.now, "--store", ":memory:", "--threads", "2"],
                      dict(p.env, ASAN_OPTIONS="quarantine_size_mb=1"))  # a sanitizer's own, of freed memory
        os.close(w)
        with os.fdopen(r) as f:
            out = f.read()
        _, status, used = os.wait4(pid, 0)
        same(os.waitstatus_to_exitcode(status), 1, out)
        usage[quarantine] = used.ru_maxrss
    same(len(read_csv(p.path("bad/x.csv"))), 60000)
    # The data unpacked is 60 MB.
    for quarantine, kb in usage.items():
        assert kb < usage["off"] + 40000, usage


@test
def more_repeated_keys_than_a_sample_needs_are_all_found(p):
    n = 300000  # groups of two, past the quarter of a million tuples that are kept otherwise
    p.write("t.csv", "k\n" + "".join("%d\n%d\n" % (i * 7919 % n, i * 7919 % n) for i in range(n)) + "-1\n")
    p.catalog("assets:\n  t: {path: t.csv, checks: [{unique: k, quarantine: {to: bad/x.csv}}]}\n")
    for memory in ("1GB", "16MB"):
        done = p.json("check", "--memory", memory).expect(1)
        same(done.check("t:unique:k")["quarantine"], {"to": "bad/x.csv", "rows": 2 * n, "failing": 2 * n})
        with open(p.path("bad/x.csv")) as f:
            same(sum(1 for _ in f), 2 * n + 1)


@test
def a_suite_of_a_bare_source_has_a_quarantine_as_well(p):
    p.write("t.csv", "a,b\n,1\n2,2\n")
    p.write("suite/s.yaml", "checks:\n  - {not_null: a, quarantine: {to: 'bad/{asset}.csv'}}\n  - {row_count: {min: 1}, quarantine: {to: bad/x.csv}}\n")
    done = p.json("check", "--source", "t.csv", "--suite", "suite/s.yaml").expect(3)
    same([c["outcome"] for c in done.json["assets"][0]["checks"]][:2], ["fail", "error"])
    same([r["b"] for r in read_csv(p.path("suite/bad/t.csv.csv"))], ["1"])


@test
def a_guarded_run_writes_the_rows_of_what_it_staged(p):
    p.catalog("assets:\n  t: {path: t.csv, publish: {stage: new/t.csv}, checks: [{not_null: a, quarantine: {to: bad/x.csv}}]}\n")
    done = p.weir("run", "t", "--", "sh", "-c", 'printf "a,b\\n,1\\n" > "$WEIR_STAGE"', now="")
    assert done.status != 0, done.out
    same([(r["b"], r["weir_run_id"] != "") for r in read_csv(p.path("bad/x.csv"))], [("1", True)])
    assert not os.path.exists(p.path("t.csv"))


@test
def the_audit_writes_them_and_status_does_not(p):
    p.write("t.csv", "a,b\n,1\n")
    p.catalog("assets:\n  t: {path: t.csv, exposed: true, checks: [{not_null: a, quarantine: {to: bad/x.csv}}]}\n")
    p.weir("audit").expect(1, "1 row is in bad/x.csv")
    os.remove(p.path("bad/x.csv"))
    p.weir("status")
    assert not os.path.exists(p.path("bad/x.csv"))
    done = p.json("report")
    same(done.check("t:not_null:a")["quarantine"], {"to": "bad/x.csv", "rows": 1, "failing": 1})


@test
def the_service_writes_them_into_a_folder_of_their_own_only(p):
    p.write("data/t.csv", "a,b\n,1\n")
    for to, outcome in (("bad/{asset}/x.csv", "fail"), ("'sqlite:bad/x.db?table=t'", "fail"), ("x.csv", "error"), ("data/x.csv", "error"),
                        ("new/../../weir-outside-%d/x.csv" % os.getpid(), "error"), ("/dev/shm/weir-test-%d/x.csv" % os.getpid(), "error")):
        p.catalog("service: {probe_every: off}\nassets:\n  t: {path: data/t.csv, checks: [{not_null: a, quarantine: {to: %s}}]}\n" %
                  ("'%s'" % to if "{" in to else to))
        with Service(p) as s:
            done = s.post("/v1/runs", {"asset": "t"}, headers={"Prefer": "wait=20"}).expect(200).json
        c = next(c for c in done["report"]["assets"][0]["checks"] if c["id"] == "t:not_null:a")
        same(c["outcome"], outcome, "%s %s" % (to, c))
        if outcome == "fail":
            same(c["quarantine"]["rows"], 1)
            contains(c["quarantine"]["to"], "bad/")
        else:
            contains(c["message"], "its failing rows are not kept")
    same([(r["b"], r["weir_asset"]) for r in read_csv(p.path("bad/t/x.csv"))], [("1", "t")])
    assert not os.path.exists("/dev/shm/weir-test-%d" % os.getpid())
    assert not os.path.exists(os.path.join(os.path.dirname(p.path("").rstrip("/")), "weir-outside-%d" % os.getpid()))
    assert not os.path.exists(p.path("x.csv")) and not os.path.exists(p.path("data/x.csv"))
