"""Tables with the same content in three forms: CSV, JSON lines and SQLite.

A table is a list of columns.  A column's cells are Python values: None, bool, int, float, Decimal, str, date, datetime, or a
Misfit: a text where the column's type wants something else.
"""
import csv
import datetime as dt
import io
import json
import math
import random
import sqlite3
from decimal import Decimal, getcontext

I64_MAX = 2 ** 63 - 1
getcontext().prec = 60


class Misfit(str):
    """A text that does not spell a value of its column's type."""


class Column:
    """name; type in weir's catalog; SQLite's declaration of that type; cells."""

    def __init__(self, name, kind, declared, cells):
        self.name, self.kind, self.declared, self.cells = name, kind, declared, cells


def maybe(rnd, share, make):
    return None if rnd.random() < share else make()


TEXTS = ["", "a", "A", "abc", "ABC", " pad ", "ä", "Ä", "日本語", "e\u0301", "😀😀", "it's", 'say "hi"', "a,b;c|d", "line\nbreak",
         "cr\r\nlf", "tab\there", "100%", "a_b", "a.b", "\\", "true", "NULL", "nan", "0", "007", "1e5", "2024-01-01", "x" * 300,
         "ﬀ", "ß", "-", "--", "/* */", "; DROP TABLE t", "$1", "{x}", "\u00a0", "z\u200b"]
EDGES = [0, 1, -1, 2, 3, 10, 100, -100, 2 ** 31, -2 ** 31, 2 ** 53, 2 ** 53 + 1, -2 ** 53 - 1, I64_MAX, -I64_MAX - 1, I64_MAX - 1]
REALS = [0.0, -0.0, 0.1, 0.2, 0.3, 1.5, -1.5, 2.5, 1e-300, 5e-324, 1e300, -1e300, 1e16, 123456789.125, 1 / 3, math.pi, 99.99, 100.0]


def integers(rnd, n):
    return [maybe(rnd, 0.1, lambda: rnd.choice(EDGES) if rnd.random() < 0.1 else rnd.randint(-50, 50)) for _ in range(n)]


def reals(rnd, n):
    def one():
        at = rnd.random()
        return math.nan if at < 0.05 else rnd.choice(REALS) if at < 0.4 else round(rnd.uniform(-100, 100), rnd.randint(0, 6))
    return [maybe(rnd, 0.1, one) for _ in range(n)]


def texts(rnd, n):
    return [maybe(rnd, 0.1, lambda: rnd.choice(TEXTS)) for _ in range(n)]


def decimals(rnd, n, digits, scale):
    return [maybe(rnd, 0.1, lambda: Decimal(rnd.randint(-10 ** digits + 1, 10 ** digits - 1)).scaleb(-scale))
            for _ in range(n)]


def dates(rnd, n):
    start = dt.date(2023, 12, 1)
    return [maybe(rnd, 0.1, lambda: start + dt.timedelta(days=rnd.randint(0, 400))) for _ in range(n)]


def times(rnd, n):
    start = dt.datetime(2023, 12, 31, 23, 0, 0)
    return [maybe(rnd, 0.1, lambda: start + dt.timedelta(seconds=rnd.randint(0, 10 ** 6), microseconds=rnd.choice([0, 0, 0, 250000])))
            for _ in range(n)]


def spoiled(rnd, cells, bad, share=0.05):
    return [Misfit(rnd.choice(bad)) if rnd.random() < share else c for c in cells]


def clean_table(seed, n):
    """Columns whose types are plain to see."""
    rnd = random.Random(seed)
    ids = list(range(n))
    return [
        Column("id", "integer", "INTEGER PRIMARY KEY", ids),
        Column("n", "integer", "INTEGER", integers(rnd, n)),
        Column("m", "integer", "BIGINT", integers(rnd, n)),
        Column("r", "number", "REAL", reals(rnd, n)),
        Column("q", "number", "DOUBLE", [maybe(rnd, 0.1, lambda: rnd.randint(-300, 300) / 4) for _ in range(n)]),
        Column("s", "string", "TEXT", texts(rnd, n)),
        Column("c", "string", "VARCHAR(10)", [maybe(rnd, 0.05, lambda: rnd.choice(["paid", "open", "gone", "Paid"])) for _ in range(n)]),
        Column("k", "string", "TEXT", [maybe(rnd, 0.1, lambda: "k%d" % rnd.randint(0, 12)) for _ in range(n)]),
        Column("b", "boolean", "BOOLEAN", [maybe(rnd, 0.1, lambda: rnd.random() < 0.7) for _ in range(n)]),
        Column("d", "date", "DATE", dates(rnd, n)),
        Column("t", "timestamp", "DATETIME", times(rnd, n)),
        Column("u", "timestamp", "TIMESTAMP", times(rnd, n)),
    ]


def declared_table(seed, n):
    """The same, with what only a declaration makes clear: decimals, and values that do not fit."""
    rnd = random.Random(seed + 1)
    return clean_table(seed, n) + [
        Column("p", "decimal(12,2)", "TEXT", decimals(rnd, n, 10, 2)),
        Column("h", "decimal(38,4)", "TEXT", decimals(rnd, n, 36, 4)),
        Column("xn", "integer", "INTEGER", spoiled(rnd, integers(rnd, n), ["x", "many", "12a"])),
        Column("xr", "number", "REAL", spoiled(rnd, reals(rnd, n), ["x", "1.2.3", "--1"])),
        Column("xd", "date", "DATE", spoiled(rnd, dates(rnd, n), ["2024-02-30", "yesterday", "2024-13-01"])),
        Column("xp", "decimal(6,2)", "TEXT", spoiled(rnd, decimals(rnd, n, 6, 2), ["1.234", "123456.00", "cheap"])),
        Column("xb", "boolean", "BOOLEAN", spoiled(rnd, [maybe(rnd, 0.1, lambda: rnd.random() < 0.5) for _ in range(n)], ["maybe", "2x"])),
        Column("void", "integer", "INTEGER", [None] * n),
    ]


def csv_text(v):
    if v is None:
        return ""
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, float):
        return repr(v)
    if isinstance(v, Decimal):
        return format(v, "f")
    if isinstance(v, dt.datetime):
        return v.isoformat(" ")
    if isinstance(v, dt.date):
        return v.isoformat()
    text = str(v)
    if isinstance(v, str) and (text == "" or any(ch in text for ch in ',"\r\n') or text.strip() != text):
        return '"' + text.replace('"', '""') + '"'
    return text


def write_csv(columns, path):
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerow([c.name for c in columns])
    for row in zip(*[c.cells for c in columns]):
        out.write(",".join(csv_text(v) for v in row) + "\n")
    with open(path, "w", encoding="utf-8", newline="") as f:
        f.write(out.getvalue())


def json_text(v):
    if v is None or (isinstance(v, float) and math.isnan(v)):
        return "null"
    if isinstance(v, Decimal):
        return format(v, "f")
    if isinstance(v, dt.datetime):
        return json.dumps(v.isoformat("T"))
    if isinstance(v, dt.date):
        return json.dumps(v.isoformat())
    return json.dumps(v, ensure_ascii=isinstance(v, str) and len(v) % 2 == 0)


def write_jsonl(columns, path):
    with open(path, "w", encoding="utf-8", newline="") as f:
        for row in zip(*[c.cells for c in columns]):
            f.write("{" + ", ".join("%s: %s" % (json.dumps(c.name), json_text(v)) for c, v in zip(columns, row)) + "}\n")


def sqlite_value(v):
    if isinstance(v, bool):
        return int(v)
    if isinstance(v, Decimal):
        return format(v, "f")
    if isinstance(v, dt.datetime):
        return v.isoformat(" ")
    if isinstance(v, dt.date):
        return v.isoformat()
    return v


def spelled(v):
    """As text, the way a CSV has it."""
    if v is None:
        return None
    if isinstance(v, str):
        return str(v)
    return csv_text(v)


def write_sqlite(columns, path):
    """Table `t` as declared; `bare`: no types, values as they are; `texts`: everything as text; a view, and one without rowids."""
    db = sqlite3.connect(path)
    rows = list(zip(*[[sqlite_value(v) for v in c.cells] for c in columns]))
    marks = ", ".join("?" * len(columns))
    names = ", ".join('"%s"' % c.name for c in columns)

    db.execute("CREATE TABLE t(%s)" % ", ".join('"%s" %s' % (c.name, c.declared) for c in columns))
    db.execute("CREATE TABLE bare(%s)" % names)
    db.execute("CREATE TABLE texts(%s)" % ", ".join('"%s" TEXT' % c.name for c in columns))
    db.execute("CREATE TABLE norowid(%s) WITHOUT ROWID" % ", ".join('"%s" %s' % (c.name, c.declared) for c in columns))
    for table in ("t", "bare", "norowid"):
        db.executemany("INSERT INTO %s VALUES (%s)" % (table, marks), rows)
    db.executemany("INSERT INTO texts VALUES (%s)" % marks, zip(*[[spelled(v) for v in c.cells] for c in columns]))
    db.execute("CREATE INDEX t_n ON t(n)")
    db.execute("CREATE VIEW seen AS SELECT %s FROM t" % names)
    db.commit()
    db.close()
