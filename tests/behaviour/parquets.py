"""Parquet as a user meets it: folders that are columns, parts that differ, and what was read of a file and what not."""
import gzip
import os
import random
import sys

from project import contains, same, test

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TESTS, "differential"), TESTS]

import parquet_tables  # noqa: E402
import parquet_writer  # noqa: E402
import tables  # noqa: E402


class Told:
    """A source of chance that says: statistics, no compression, dictionaries or not, one page."""

    def __init__(self, dictionary):
        self.dictionary = dictionary

    def random(self):
        return 0.0 if self.dictionary else 0.7

    def choice(self, of):
        return of[0] if of[0] == 0 else of[-1]


def column(name, kind, cells):
    return tables.Column(name, kind, "", cells)


def orders(start, n):
    return [column("id", "integer", list(range(start, start + n))),
            column("status", "string", [("paid", "open")[i % 2] for i in range(start, start + n)])]


def put(p, name, columns, rnd=None, groups=3):
    os.makedirs(os.path.dirname(p.path(name)), exist_ok=True)
    parquet_tables.write(columns, p.path(name), rnd or random.Random(1), groups)


FOLDERS = ["year=2023/month=01/region=%C3%A9u", "year=2023/month=02/region=x", "year=2024/month=__HIVE_DEFAULT_PARTITION__/region=x"]
CHECKS = """[{row_count_equal: 30}, {columns: [id, status, year, month, region]}, {in_set: {column: year, values: [2023]}}, {not_null: month},
      {in_set: {column: region, values: ["éu"]}}, {sum: {column: month, min: 30, max: 30}}, {unique: id}, {expr: "year > 2023 OR id < 15"}]"""
FOUND = {"row_count_equal": "pass", "columns": "pass", "in_set:year": "fail", "not_null:month": "fail", "in_set:region": "fail",
         "sum:month": "pass", "unique:id": "pass", "expr": "fail"}


@test
def folders_of_values_are_columns_in_all_formats(p):
    for i, folder in enumerate(FOLDERS):
        put(p, "parquet/%s/a.parquet" % folder, orders(i * 10, 10))
        for form, write in (("csv", tables.write_csv), ("jsonl", tables.write_jsonl)):
            os.makedirs(p.path("%s/%s" % (form, folder)))
            write(orders(i * 10, 10), p.path("%s/%s/a.%s" % (form, folder, form)))
    p.catalog("assets:\n" + "".join(
        "  %s:\n    path: %s\n    format: %s\n    key: [id]\n    checks: %s\n" % (key, path, form, CHECKS)
        for key, path, form in (("p", "parquet", "parquet"), ("c", "csv", "csv"), ("j", "jsonl/*/*/*/*.jsonl", "jsonl"))))
    for threads in ("1", "3"):
        done = p.json("check", "--threads", threads).expect(1)
        for key in "pcj":
            same({k: done.check("%s:%s" % (key, k))["outcome"] for k in FOUND}, FOUND, key)
            same(done.check(key + ":in_set:year")["result"]["unexpected_count"], 10, key)
            same(done.check(key + ":not_null:month")["result"]["partial_unexpected_index_list"][0]["id"], 20, key)
            same(done.check(key + ":expr")["result"]["unexpected_count"], 5, key)


@test
def a_declared_type_of_a_folders_column_holds(p):
    put(p, "t/year=2023/a.parquet", orders(0, 4))
    put(p, "t/year=next/a.parquet", orders(4, 4))
    p.catalog("assets:\n  t:\n    path: t\n    format: parquet\n    columns: {year: integer}\n    checks: [{sum: {column: id, min: 28, max: 28}}]\n")
    done = p.json("check").expect(1)
    same(done.check("t:type:year")["result"]["unexpected_count"], 4)
    same(done.check("t:sum:id")["outcome"], "pass")


@test
def a_column_of_the_file_comes_before_a_folders(p):
    put(p, "t/status=gone/a.parquet", orders(0, 4))
    p.catalog("assets:\n  t:\n    path: t\n    format: parquet\n    checks: [{columns: [id, status]}, {in_set: {column: status, values: [paid, open]}}]\n")
    p.json("check").expect(0)


@test
def parts_that_differ_are_errors_that_name_both(p):
    put(p, "a/1.parquet", orders(0, 4))
    put(p, "a/2.parquet", orders(0, 4)[:1])
    put(p, "b/1.parquet", orders(0, 4))
    put(p, "b/2.parquet", [orders(0, 4)[1], column("id", "string", list("abcd"))])
    os.makedirs(p.path("c/x=1"))
    os.makedirs(p.path("c/y=1"))
    p.write("c/x=1/a.csv", "n\n1\n")
    p.write("c/y=1/a.csv", "n\n1\n")
    with open(p.path("a/1.parquet"), "rb") as f:
        p.write("z.parquet.gz", gzip.compress(f.read()))
    text = "assets:\n"
    for key, place in (("a", "path: a, format: parquet"), ("b", "path: b, format: parquet"), ("c", "path: c, format: csv"), ("z", "path: z.parquet.gz"),
                       ("declared", "path: b, format: parquet, columns: {id: integer}")):
        text += "  %s: {%s, checks: [{row_count_equal: 8}]}\n" % (key, place)
    p.catalog(text)
    done = p.json("check")
    for key, told in (("a", "'a/1.parquet' has a column 'status', but 'a/2.parquet' has none"),
                      ("b", "'b/2.parquet' has column 'id' as string, but 'b/1.parquet' has it as integer"),
                      ("c", "lie in folders name=value of different names"), ("z", "is compressed as a whole")):
        same(done.check(key + ":row_count_equal")["outcome"], "error")
        contains(done.check(key + ":row_count_equal")["message"], told)
    same(done.check("declared:row_count_equal")["outcome"], "pass")
    same(done.check("declared:type:id")["result"]["unexpected_count"], 4)


@test
def more_files_than_stay_open_are_read_all_the_same(p):
    for i in range(70):
        put(p, "t/%03d.parquet" % i, orders(i * 4, 4), random.Random(i), groups=1 + i % 2)
    p.catalog("assets:\n  t:\n    path: t\n    format: parquet\n    checks: [{row_count_equal: 280}, {unique: id}, {in_set: {column: status, values: [paid]}}]\n")
    done = p.json("check", "--threads", "3").expect(1)
    same(done.check("t:unique:id")["outcome"], "pass")
    same(done.check("t:in_set:status")["result"]["unexpected_count"], 140)
    same(done.check("t:in_set:status")["result"]["partial_unexpected_index_list"][:3], [1, 3, 5])


def explained(p, path, *checks):
    p.catalog("assets:\n  t:\n    path: %s\n    checks:\n%s" % (path, "".join("      - %s\n" % c for c in checks)))
    text = p.json("check", "--explain").asset("t")["explain"]
    return {line.rsplit(": ", 1)[0].strip(): line.rsplit(": ", 1)[1] for line in text.splitlines() if line.startswith("  ")}, text


@test
def explain_tells_what_decided(p):
    put(p, "plain/t.parquet", orders(0, 90), Told(False))
    put(p, "coded/t.parquet", orders(0, 90), Told(True))
    got, text = explained(p, "coded/t.parquet", "not_null: id", "in_set: {column: status, values: [paid, open, gone]}", "between: {column: id, min: 0, max: 40}",
                          "max: {column: id, max: 89}", "sum: {column: id, min: 4005, max: 4005}")
    same(got["count_true(id IS NULL)"], "footer only")
    same(got["rows()"], "footer only")
    same(got["max(id)"], "footer only")
    same(got["sum(id)"], "read")
    # Bounds decide of the first group of 30 rows that all are within, of the last that none is; its rows are the failing ones, all of them.
    same(got["count_true(id < 0 OR id > 40)"], "footer only of 2 of 3 row groups, read of 1 of 3 row groups")
    same([v for k, v in got.items() if "status NOT IN" in k or "NOT status IN" in k], ["dictionaries only"])
    got, text = explained(p, "plain/t.parquet", "in_set: {column: status, values: [paid, open, gone]}")
    same([v for k, v in got.items() if "status NOT IN" in k], ["read"])
    got, text = explained(p, "coded/t.parquet", "in_set: {column: status, values: [paid]}", "not_null: id")
    same([v for k, v in got.items() if "status NOT IN" in k], ["read"])
    contains(text, "bytes read")


@test
def init_finds_parquet(p):
    put(p, "sales/orders.parquet", orders(0, 200))
    p.weir("init").expect(0, "sales/orders.parquet", "200 rows", "2 columns")
    p.weir("check").expect(0)


def put_footer(p, name, elements, chunks, rows, said=None, change=None):
    """A file of one row group: chunks as they are, and a footer that says what the test wants."""
    body, metas, none = b"PAR1", [], []
    for chunk in chunks:
        chunk.at = len(body)
        body += chunk.write(True, 1000)
        metas.append(chunk.meta())
    if change:
        change(metas)
    t = parquet_tables.thrift
    root = [(4, parquet_tables.BINARY, "schema"), (5, parquet_tables.I32, sum(1 for e in elements if not e[0]))]
    group = [(1, 9, (12, metas)), (2, 6, sum(c.raw for c in chunks)), (3, 6, rows)]
    footer = t(12, [(1, 5, 2), (2, 9, (12, [root] + [e[1] for e in elements])), (3, 6, rows if said is None else said), (4, 9, (12, [group])),
                    (7, 9, (12, [[(1, 12, none)]] * len(chunks)))])
    with open(p.path(name), "wb") as f:
        f.write(body + footer + len(footer).to_bytes(4, "little") + b"PAR1")


def chunk(name, kind, cells):
    return parquet_tables.Chunk(name, kind, cells, Told(False), 0)


def leaf(name, kind, inside=False, required=True):
    return inside, parquet_tables.element(name, kind, required)


def put_people(p):
    """The same people as Parquet and as JSON lines: id, and `who`, an object with a mail and a number."""
    mails, numbers = ["ann@x.org", "bob@y.org"], [7, 8]
    who = False, [(3, 5, 0), (4, 8, "who"), (5, 5, 2)]
    put_footer(p, "p.parquet", [leaf("id", "integer"), who, leaf("mail", "string", True), leaf("n", "integer", True)],
               [chunk("id", "integer", [1, 2]), chunk("mail", "string", mails), chunk("n", "integer", numbers)], 2)
    p.write("j.jsonl", "".join('{"id": %d, "who": {"mail": "%s", "n": %d}}\n' % (i + 1, mails[i], numbers[i]) for i in range(2)))


OWN = {"columns": "pass", "column_count_equal": "pass", "all": "pass", "named": "pass", "lacks": "fail", "column_exists:who.n": "pass",
       "last": "pass", "in-order": "pass", "none": "fail", "not_empty": "pass", "well_formed": "pass"}


@test
def members_of_objects_are_no_columns_of_the_tables_own(p):
    put_people(p)
    checks = """[{columns: [id, who]}, {column_count_equal: 2}, {columns_set: {columns: [who, id]}, name: all},
      {columns_set: {columns: [who.mail, who, id]}, name: named}, {columns_set: {columns: [id]}, name: lacks}, {column_exists: who.n},
      {column_exists: {column: who, index: -1}, name: last}, {columns: [id, who, who.n], name: in-order}, {columns: [id, who, who.x], name: none}]"""
    p.catalog("".join("%s  %s:\n    path: %s\n    checks: %s\n" % (head, key, path, checks) for head, key, path in (
        ("assets:\n", "p", "p.parquet"), ("", "j", "j.jsonl"))))
    done = p.json("check").expect(1)
    for key in "pj":
        told = {c: o for c, o in done.outcomes().items() if c.startswith(key + ":")}
        same(told, {key + ":" + c: o for c, o in OWN.items()}, key)


@test
def what_is_masked_in_an_object_is_masked_in_its_text_and_the_other_way_round(p):
    put_people(p)
    for pii, mail, n in (("who", False, False), ("who.mail", False, True)):
        for path in ("p.parquet", "j.jsonl"):
            p.catalog("assets:\n  a:\n    path: %s\n    columns: {%s: {pii: true}}\n    checks:\n"
                      "      [{match_regex: {column: who, regex: '^q'}}, {match_regex: {column: who.mail, regex: '^q'}}, {between: {column: who.n, max: 1}}]\n"
                      % (path, pii))
            done = p.weir("check").expect(1)
            same(("ann@x.org" in done.out, "row 0: 7" in done.out), (mail, n), "%s of %s" % (pii, path))


@test
def a_footer_that_contradicts_itself_is_not_believed(p):
    def all_null(metas):
        stats = [f for f in metas[0][1][2] if f[0] == 12][0][2]
        stats[0] = (3, 6, 3)

    for said, change, status, words in ((3, all_null, 1, "3 of 3 rows"), (4, None, 3, "tells of 4 rows, but its row groups have 3")):
        element = leaf("v", "integer", required=change is None)
        c = chunk("v", "integer", [5, 6, 7])
        write = c.write
        c.write = lambda required, rows, write=write, change=change: write(change is None, rows)
        put_footer(p, "f.parquet", [element], [c], 3, said, change)
        p.catalog("assets:\n  a:\n    path: f.parquet\n    checks: [{expr: 'v < 5'}]\n")
        contains(p.weir("check").expect(status).out, words)


@test
def both_zeros_between_the_same_bounds_are_told_apart(p):
    """Writers say -0.0 and +0.0 of a column of zeros, whichever they are; and the newest count NaN."""
    def counted(metas):
        [f for f in metas[0][1][2] if f[0] == 12][0][2].append((9, 6, 0))

    for cells, status in (([0.0] * 3, 1), ([-0.0] * 3, 0), ([-0.0, 0.0, -0.0], 1)):
        put_footer(p, "z.parquet", [leaf("r", "number")], [chunk("r", "number", cells)], 3, change=counted)
        p.catalog("assets:\n  a:\n    path: z.parquet\n    checks: [{expr: \"CAST(r AS string) ~ '^-'\"}]\n")
        for how in (None, {"WEIR_METADATA": "off"}):
            p.weir("check", env=how).expect(status)


@test
def a_column_of_nulls_may_be_coded_by_a_dictionary_that_is_not_there(p):
    # As parquet-mr writes one: its pages say the encoding and the width of 32 bits that it has for no entry.
    for kind, name in ((parquet_writer.INT64, "integer"), (parquet_writer.BYTE_ARRAY, "string"), (parquet_writer.DOUBLE, "number")):
        for version in (1, 2):
            columns = [parquet_writer.Column("id", parquet_writer.INT64, range(5)),
                       parquet_writer.Column("x", kind, [None] * 5, encoding="dict", stats="none",
                                             logical="string" if name == "string" else None)]
            parquet_writer.write(p.path("t.parquet"), columns, version=version, page_rows=3)
            p.catalog("assets:\n  t:\n    path: t.parquet\n    columns: {x: %s}\n    checks: [{is_null: x}, {unique_count: {column: x, max: 0}}, "
                      "{in_set: {column: x, values: [1]}}, {expr: \"coalesce(x, x) IS NULL\"}, {match_regex: {column: x, regex: z}}]\n" % name)
            done = p.json("check", "--no-reuse").expect(0)
            same(set(done.outcomes().values()), {"pass"}, "%s, version %d" % (name, version))
