"""The first minutes with weir: from data in a folder to a failing check, with nothing written by hand."""
import csv
import gzip
import io
import json
import os
import random
import shutil
import sqlite3
import subprocess

from project import contains, same, test


def table(rows, delimiter=","):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


def orders(n, start=0):
    status = ("open", "paid", "yes")
    return [["order_id", "amount", "status"]] + [[start + i, "%d.%02d" % (i % 90, i % 97), status[i % 3]] for i in range(n)]


@test
def a_newcomer_gets_from_one_csv_to_a_failing_check(p):
    p.write("orders.csv", table(orders(1000)), at=8 * 3600)
    p.weir("init").expect(0, "orders.csv", "1,000 rows", "3 columns", "changed 8 h ago",
                          "Wrote weir.yaml    1 asset, 7 checks (all suggested from today's data)", "then: weir check")
    p.weir("validate").expect(0)
    p.weir("check").expect(0, "orders")
    with open(p.path("orders.csv"), "a", encoding="utf-8") as f:
        f.write("17,-5.00,\n")
    done = p.json("check").expect(1)
    got = done.outcomes()
    same({k for k, v in got.items() if v == "fail"},
         {"orders:not_null:status", "orders:unique:order_id", "orders:between:amount"})
    p.weir("check").expect(1, "✗ not_null:status", "✗ unique:order_id", "✗ between:amount")


@test
def what_init_wrote_says_why(p):
    p.write("orders.csv", table(orders(1000)), at=8 * 3600)
    p.weir("init").expect(0)
    with open(p.path("weir.yaml"), encoding="utf-8") as f:
        text = f.read()
    for line in ("row_count: {min: 100}", "not_null: [order_id, amount, status]", "unique: order_id",
                 "between: {column: amount, min: 0}", "in_set: {column: status, values: ["):
        at = [x for x in text.splitlines() if line in x]
        assert len(at) == 1 and "  # suggested: " in at[0], (line, at)
    contains(text, "# suggested: no nulls in 1,000 rows", "severity: warning", "# freshness: {max_age: 26h}", "# alerts:",
             "timezone: UTC", "store: .weir/state.db", "weir man weir.yaml", '"yes"')


NAMES = ["a: b#c", "yes", "null", "0x1", "-x 'q\" y", "new\nline", "st[a]r*", "ab:c", "back\\slash", "100%", "한국", " ", "off", "~",
         "2024-01-32", "1e3", "+x+", "x.y.z", "a,b|c", "?", "!x", "@home", "\u202eevil", "tab\there", "'", "$HOME", "&a", "x" * 200]
VALUES = ["x: y", "#", "${PATH}", "$${A}", "a\nb", "yes", "null", "~", "- a", "{", "}", "\"", "\\", "'", "1", "0x1", "2024-01-01", " ", "", "é"]


@test
def hostile_names_and_values_become_a_catalog_that_works(p):
    r = random.Random(7)
    columns = ["a: b", "#c", "yes", "${HOME}", "new\nline", "null", "*", "$PARAMETER", "2024-01-01", "-", "x}", "id", "a'b", "\"", "~"]
    for name in NAMES:
        p.write("in/%s.csv" % name, table([columns] + [[r.choice(VALUES) for _ in columns[:-1]] + [i] for i in range(120)]))
    p.sqlite("in/shop 100%?#.db", 'CREATE TABLE "or/ders: ""x""" ("a: b" INTEGER PRIMARY KEY, "yes" TEXT)', "CREATE TABLE \"null\" (x)",
             *['INSERT INTO "or/ders: ""x""" VALUES (%d, \'%s\')' % (i, ("yes", "off", "${X}")[i % 3]) for i in range(60)])
    p.weir("init", "in").expect(0)
    p.weir("validate", "-C", "in").expect(0)
    done = p.json("check", "-C", "in").expect(0)
    same({v for v in done.outcomes().values()}, {"pass"})
    same(len({a["key"] for a in done.json["assets"]}), len(NAMES) + 2)
    try:
        import yaml
    except ImportError:
        return "SKIP python3-yaml is not installed"
    with open(p.path("in/weir.yaml"), encoding="utf-8") as f:
        c = yaml.safe_load(f)
    paths = {a["path"] for a in c["assets"].values() if "path" in a}
    same({n[2:] if n.startswith("./") else n for n in paths}, {n + ".csv" for n in NAMES})
    for a in c["assets"].values():
        for check in a.get("checks", []):
            if "not_null" in check and "path" in a:
                assert {x.replace("$${", "${") for x in check["not_null"]} <= set(columns), check
    return None


@test
def names_that_no_catalog_can_say_are_told_and_left_out(p):
    p.write("good.csv", table(orders(5)))
    p.write("a{b}.csv", table(orders(5)))
    with open(os.path.join(p.dir.encode(), b"bad\xff.csv"), "wb") as f:
        f.write(b"a\n1\n")
    p.weir("init").expect(0, "a{b}.csv", "braces in a path", "bad\\xff.csv", "not UTF-8", "1 asset")
    p.weir("check").expect(0)


@test
def nothing_is_overwritten(p):
    p.write("orders.csv", table(orders(5)))
    p.write("weir.yaml", "mine")
    p.weir("init").expect(2, "exists already", "--dry-run")
    with open(p.path("weir.yaml"), encoding="utf-8") as f:
        same(f.read(), "mine")
    os.unlink(p.path("weir.yaml"))
    os.symlink("nowhere", p.path("weir.yaml"))
    p.weir("init").expect(2, "exists already")
    same(os.path.lexists(p.path("nowhere")), False)
    same(sorted(os.listdir(p.dir)), ["orders.csv", "weir.yaml"])


@test
def a_folder_without_data_is_told_and_left_alone(p):
    p.write("notes.txt", "hello\n")
    p.write("package.json", json.dumps({"name": "x"}, indent=1))
    p.weir("init").expect(2, "found no data", ".csv", "--empty")
    same(sorted(os.listdir(p.dir)), ["notes.txt", "package.json"])
    p.weir("init", "nowhere").expect(2, "there is no folder 'nowhere'")
    p.weir("init", "--empty").expect(0, "0 assets")
    p.weir("validate").expect(0)


@test
def a_dry_run_writes_nothing_but_the_catalog_to_stdout(p):
    p.write("orders.csv", table(orders(50)), at=60)
    done = p.weir("init", "--dry-run").expect(0)
    contains(done.err, "Would write weir.yaml")
    same(os.listdir(p.dir), ["orders.csv"])
    p.weir("init").expect(0)
    with open(p.path("weir.yaml"), encoding="utf-8") as f:
        same(f.read(), done.out)


@test
def dates_in_paths_become_partitions(p):
    for day in range(1, 6):
        p.write("daily/orders-2024-01-%02d.csv" % day, table(orders(30, day * 100)))
        p.write("hive/dt=2024-02-%02d/part-0.csv" % day, table(orders(30, day * 100)))
        p.write("flat/202403%02d.csv.gz" % day, gzip.compress(table(orders(30)).encode()))
    for month in range(1, 4):
        p.write("ym/2024/%02d/x.csv" % month, table(orders(30)))
    p.write("hours/x-2024-01-01T05.csv", table(orders(3)))
    p.write("hours/x-2024-01-02T06.csv", table(orders(3)))
    p.weir("init").expect(0)
    done = p.json("check").expect(0)
    got = {}
    for a in done.json["assets"]:
        got.setdefault(a["key"], []).append(a["partition"])
    days = ["%02d" % d for d in range(1, 6)]
    same(got, {"daily/orders": ["2024-01-" + d for d in days], "hive/part-0": ["2024-02-" + d for d in days],
               "flat": ["2024-03-" + d for d in days], "ym/x": ["2024-01", "2024-02", "2024-03"], "hours/x": [""]})


@test
def files_of_equal_columns_and_like_names_are_one_asset(p):
    for region in ("eu", "us", "jp"):
        p.write("sales/sales_%s.csv" % region, table(orders(20)))
    p.write("sales/costs_eu.csv", table([["a", "b"], [1, 2]]))
    p.write("sales/costs_us.csv", table([["a", "c"], [1, 2]]))
    p.write("mixed/x-1.csv", table(orders(20)))
    p.write("mixed/x-2.csv", table(orders(20)))
    p.write("mixed/x-3.csv", "a,a\n1,2\n")  # cannot be read: a glob would take it in
    p.write("days/x-2024-01-01.csv", table(orders(20)))
    p.write("days/x-2024-01-02.csv", table([["other"], [1]]))
    p.weir("init").expect(0, "sales/sales_*.csv", "3 files", "both named 'a'")
    done = p.json("check").expect(0)
    same(sorted(a["key"] for a in done.json["assets"]),
         ["days/x-2024-01-01", "days/x-2024-01-02", "mixed/x-1", "mixed/x-2", "sales/costs_eu", "sales/costs_us", "sales/sales"])


@test
def tools_and_hidden_folders_are_not_searched(p):
    p.write("data.csv", table(orders(5)))
    for where in ("node_modules", ".git", ".weir", "build", "dist", "target", "env", "_delta_log"):
        p.write(where + "/x.csv", table(orders(5)))
    p.write("env/pyvenv.cfg", "")
    p.write("elsewhere/y.csv", table(orders(5)))
    os.makedirs(p.path("sub"))
    os.symlink("..", p.path("sub/round"))
    os.symlink("/etc", p.path("out"))
    p.write("customers.parquet", "x")
    p.write("book.xlsx", "x")
    p.write("dbt/dbt_project.yml", "")
    p.write("dvc.yaml", "")
    p.write("pipelines/dagster.yaml", "")
    p.weir("init").expect(0, "2 assets", "links are not followed", "Parquet", "Excel", "not built yet", "dbt", "DVC", "Dagster")
    same(sorted(a["key"] for a in p.json("check").expect(0).json["assets"]), ["data", "elsewhere/y"])


@test
def separators_headers_and_databases_are_made_out(p):
    p.write("semi.csv", table(orders(30), ";"))
    p.write("pipe.csv", table(orders(30), "|"))
    p.write("bare.csv", table([[i, i * 2, "2024-01-%02d" % (i % 28 + 1)] for i in range(30)]))
    p.write("tabs.tsv", table(orders(30), "\t"))
    p.write("UPPER.CSV", table(orders(30)))
    p.write("none.csv", "a,b\n")
    p.write("events.jsonl", "".join(json.dumps({"id": i, "kind": "ab"[i % 2], "x": {"y": i}}) + "\n" for i in range(40)))
    p.sqlite("shop.db", "CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT)", "CREATE VIEW notes AS SELECT note FROM orders",
             "CREATE TABLE empty (x)", *["INSERT INTO orders VALUES (%d, 'n')" % i for i in range(20)])
    p.write("fake.db", "no database")
    p.weir("init").expect(0)
    done = p.json("check").expect(0)
    same({a["key"]: len(a["checks"]) > 0 for a in done.json["assets"]},
         {k: True for k in ("semi", "pipe", "bare", "tabs", "UPPER", "none", "events", "shop/orders", "shop/notes", "shop/empty")})
    ids = set(done.outcomes())
    assert {"semi:unique:order_id", "pipe:unique:order_id", "bare:not_null:column_1", "tabs:unique:order_id",
            "events:unique:id", "shop/orders:unique:id"} <= ids, ids


@test
def records_that_cannot_be_read_are_told_by_init_already(p):
    p.write("t.csv", "a,b\n1,2\n1,2,3\n4,5\n")
    p.weir("init").expect(0, "1 record could not be read")
    same({k for k, v in p.json("check").expect(1).outcomes().items() if v != "pass"}, {"t:well_formed"})


@test
def state_is_kept_out_of_git(p):
    if shutil.which("git") is None:
        return "SKIP there is no git"
    p.write("t.csv", table(orders(5)))
    p.weir("init").expect(0)
    same(os.path.exists(p.path(".gitignore")), False)
    os.unlink(p.path("weir.yaml"))
    subprocess.run(["git", "init", "-q", p.dir], check=True, env=p.env)
    p.write(".gitignore", "*.o")
    p.weir("init").expect(0, "Wrote .gitignore   + .weir/")
    os.unlink(p.path("weir.yaml"))
    done = p.weir("init").expect(0)
    same(".gitignore" in done.out, False)
    with open(p.path(".gitignore"), encoding="utf-8") as f:
        same(f.read(), "*.o\n.weir/\n")


@test
def the_environment_of_the_shell_changes_nothing(p):
    p.write("t.csv", table(orders(5)))
    p.weir("init", env={"WEIR_ENV": "prod"}).expect(0, "1 asset")


def random_column(r, n):
    kind = r.randrange(8)
    if kind == 0:
        return [i for i in range(n)]
    if kind == 1:
        return [r.choice(["a", "b", "", "yes"]) for _ in range(n)]
    if kind == 2:
        return ["%.3f" % r.uniform(r.choice([-1, 0, 5]), 10) for _ in range(n)]
    if kind == 3:
        return [r.choice([1, "x", "", 2.5, "2024-01-01"]) for _ in range(n)]
    if kind == 4:
        return ["u%d@x.org" % r.randrange(50) for _ in range(n)]
    if kind == 5:
        return ["2024-%02d-%02d" % (r.randrange(1, 13), r.randrange(1, 29)) for _ in range(n)]
    if kind == 6:
        return [r.choice(["", " ", "true", "false"]) for _ in range(n)]
    return ["%032x" % r.getrandbits(128) for _ in range(n)]


@test
def no_suggestion_fails_on_the_data_that_it_came_from(p):
    names = ["id", "order_id", "uuid", "amount", "status", "x", "email", "when"]
    for seed in range(24):
        r = random.Random(seed)
        n, k = r.choice([1, 2, 9, 10, 25, 150]), r.randrange(1, 9)
        columns = [random_column(r, n) for _ in range(k)]
        rows = list(zip(*columns))
        p.write("t%d.csv" % seed, table([names[:k]] + rows))
        p.sqlite("t%d.db" % seed, "CREATE TABLE t (%s)" % ", ".join(
            '"%s" %s' % (c, r.choice(["TEXT", "INTEGER", "", "REAL"])) for c in names[:k]))
        db = sqlite3.connect(p.path("t%d.db" % seed))
        db.executemany("INSERT INTO t VALUES (%s)" % ", ".join("?" * k), [[v if v != "" else None for v in row] for row in rows])
        db.commit()
        db.close()
    p.weir("init").expect(0)
    done = p.json("check").expect(0)
    same({k: v for k, v in done.outcomes().items() if v != "pass"}, {})


@test
def a_folder_of_very_many_files_has_an_end(p):
    for i in range(400):
        p.write("%s/!%s.csv" % ("abcdefgh"[i % 8], "?" * (i // 8)), "a%d\n1\n" % i)
    p.weir("init").expect(0, "300 assets", "as far as it goes")
    p.weir("validate").expect(0)


@test
def who_names_a_file_is_told_how_files_are_looked_at(p):
    p.write("a.csv", "x\n1\n")
    for command, told in (("profile", True), ("check", True), ("mutate", True), ("fresh", False)):
        done = p.weir(command, "a.csv").expect(2, "there is no weir.yaml")
        same("weir %s --source a.csv looks at a file" % command in done.err, told, done.err)
        same("weir init" in done.err, not told)
    same("--source" in p.weir("profile", "b.csv").expect(2).err, False)
    p.catalog("assets: {t: {path: a.csv}}\n")
    p.weir("profile", "a.csv").expect(2, "there is no asset 'a.csv'", "--source")
    same("--source" in p.weir("profile", "b.csv").expect(2, "there is no asset 'b.csv'").err, False)
    # A catalog that is wrong tells what is wrong.
    p.catalog("assets: [\n")
    same("--source" in p.weir("profile", "a.csv").expect(2).err, False)
