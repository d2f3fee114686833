"""weir import: Soda's files give the verdicts that Soda's own SQL gives, and nothing of a file is lost on the way."""
import json
import random
import sqlite3

from project import contains, same, test

NAMES = ("id", "email", "phone", "status", "amount", "sku", "day", "code")
ROWS = 400


def rows(seed=11):
    r = random.Random(seed)
    return [(i // 2 if i % 40 == 0 else i + 1000, r.choice(["a%d@x.org" % i, "N/A", "-", None, "b@y.com"]),
             r.choice([None, "555-%04d" % r.randrange(60)]), r.choice(["open", "paid", "lost", None]),
             r.choice([None, r.randrange(-5, 95)]), r.choice(["ABC%d" % i, "abc", None, "XY", "ABC"]), "2026-01-%02d" % (i % 28 + 1),
             r.choice(["x", "yy", "zzz", None])) for i in range(ROWS)]


def data(p, seed=11):
    db = sqlite3.connect(p.path("t.db"))
    db.create_function("matches", 2, lambda text, pattern: text is not None and __import__("re").search(pattern, text) is not None)
    db.execute("CREATE TABLE orders (id INTEGER, email TEXT, phone TEXT, status TEXT, amount INTEGER, sku TEXT, day TEXT, code TEXT)")
    db.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows(seed))
    db.commit()
    p.write("orders.csv", ",".join(NAMES) + "\n" + "".join(",".join("" if v is None else str(v) for v in row) + "\n" for row in rows(seed)))
    return db


# A check of SodaCL; the number that soda-core's SQL asks for; when it is good, of that number.  A second pair is when it warns.
MISSING = "(email IS NULL OR email IN ('N/A', '-'))"
COUNT = "SELECT COUNT(CASE WHEN %s THEN 1 END) FROM orders"
DUPLICATES = "SELECT COUNT(*) FROM (SELECT 1 FROM orders WHERE %s IS NOT NULL GROUP BY %s HAVING COUNT(*) > 1)"
CHECKS = [
    ("row_count > 0", "SELECT COUNT(*) FROM orders", "{} > 0"),
    ("row_count = 401", "SELECT COUNT(*) FROM orders", "{} = 401"),
    ("row_count between 400 and 500", "SELECT COUNT(*) FROM orders", "{} BETWEEN 400 AND 500"),
    ("row_count between (400 and 500]", "SELECT COUNT(*) FROM orders", "{} > 400 AND {} <= 500"),
    ("row_count not between 1 and 9", "SELECT COUNT(*) FROM orders", "{} NOT BETWEEN 1 AND 9"),
    ("row_count != 400", "SELECT COUNT(*) FROM orders", "{} <> 400"),
    ("missing_count(email) = 0", COUNT % "email IS NULL", "{} = 0"),
    ("missing_count(email) < 200: {missing values: [N/A, '-']}", COUNT % MISSING, "{} < 200"),
    ("missing_count(email) < 300: {missing values: [N/A], missing regex: '^-$'}", COUNT % MISSING, "{} < 300"),
    ("missing_percent(phone) < 60%", "SELECT 100.0 * COUNT(CASE WHEN phone IS NULL THEN 1 END) / COUNT(*) FROM orders", "{} < 60"),
    ("missing_percent(phone) < 40", "SELECT 100.0 * COUNT(CASE WHEN phone IS NULL THEN 1 END) / COUNT(*) FROM orders", "{} < 40"),
    ("invalid_count(status) = 0: {valid values: [open, paid]}", COUNT % "status IS NOT NULL AND status NOT IN ('open', 'paid')", "{} = 0"),
    ("invalid_count(status) = 0: {valid values: [open, paid, lost]}", COUNT % "status IS NOT NULL AND status NOT IN ('open', 'paid', 'lost')", "{} = 0"),
    ("invalid_count(email) = 0: {valid regex: '@', missing values: [N/A, '-']}", COUNT % ("NOT %s AND NOT matches(email, '@')" % MISSING), "{} = 0"),
    ("invalid_percent(sku) < 40%: {valid regex: '^[A-Z]{3}\\d+$'}",
     "SELECT 100.0 * COUNT(CASE WHEN sku IS NOT NULL AND NOT matches(sku, '^[A-Z]{3}\\d+$') THEN 1 END) / COUNT(*) FROM orders", "{} < 40"),
    ("invalid_percent(sku) < 65%: {valid regex: '^[A-Z]{3}\\d+$'}",
     "SELECT 100.0 * COUNT(CASE WHEN sku IS NOT NULL AND NOT matches(sku, '^[A-Z]{3}\\d+$') THEN 1 END) / COUNT(*) FROM orders", "{} < 65"),
    ("invalid_count(sku) < 100: {valid min length: 3, invalid values: [abc]}",
     COUNT % "sku IS NOT NULL AND NOT (length(sku) >= 3 AND sku NOT IN ('abc'))", "{} < 100"),
    ("invalid_count(amount) = 0: {valid min: -5, valid max: 95}", COUNT % "amount IS NOT NULL AND NOT (amount >= -5 AND amount <= 95)", "{} = 0"),
    ("invalid_count(amount) <= 3: {valid min: 0}", COUNT % "amount < 0", "{} <= 3"),
    ("invalid_count(status) < 30: {valid values: [null, open, paid]}", COUNT % "status IS NOT NULL AND status NOT IN ('open', 'paid')", "{} < 30"),
    ("invalid_count(status) < 30: {valid values: [open], missing values: [null, paid]}", COUNT % "status = 'lost'", "{} < 30"),
    ("valid_count(status) >= 50: {valid values: [paid]}", COUNT % "status IN ('paid')", "{} >= 50"),
    ("duplicate_count(phone) = 0", DUPLICATES % ("phone", "phone"), "{} = 0"),
    ("duplicate_count(id) = 0", DUPLICATES % ("id", "id"), "{} = 0"),
    ("duplicate_count(id, day) = 0", DUPLICATES % ("id", "id, day"), "{} = 0"),
    ("avg(amount) between 0 and 50", "SELECT AVG(amount) FROM orders", "{} BETWEEN 0 AND 50"),
    ("avg(amount) > 60", "SELECT AVG(amount) FROM orders", "{} > 60"),
    ("sum(amount) > 100: {filter: \"status = 'paid'\"}", "SELECT SUM(amount) FROM orders WHERE status = 'paid'", "{} > 100"),
    ("max(amount) < 94", "SELECT MAX(amount) FROM orders", "{} < 94"),
    ("min(amount) >= 0: {valid min: 0}", "SELECT MIN(CASE WHEN amount >= 0 THEN amount END) FROM orders", "{} >= 0"),
    ("min_length(code) >= 1", "SELECT MIN(length(code)) FROM orders", "{} >= 1"),
    ("max_length(code) <= 2", "SELECT MAX(length(code)) FROM orders", "{} <= 2"),
    ("total < 10: {total expression: sum(amount)}", "SELECT SUM(amount) FROM orders", "{} < 10"),
    ("failed rows: {fail condition: amount < -4}", COUNT % "amount < -4", "{} = 0"),
    ("failed rows: {fail condition: amount < -5}", COUNT % "amount < -5", "{} = 0"),
    ("missing_count(code): {warn: when > 10, fail: when > 390}", COUNT % "code IS NULL", "{} <= 390", "{} <= 10"),
    ("row_count: {warn: when between 1 and 500, fail: when < 1}", "SELECT COUNT(*) FROM orders", "{} >= 1", "{} NOT BETWEEN 1 AND 500"),
]


def sodacl():
    """A file of them, each with its number as its name."""
    lines = ["checks for orders:"]
    for i, check in enumerate(CHECKS):
        text, _, below = check[0].partition(": {")
        lines += ["  # number %d" % i, "  - %s:" % text]
        lines += ["      {name: c%d, %s" % (i, below) if below else "      {name: c%d}" % i]
    return "\n".join(lines) + "\n"


def soda_says(db):
    out = {}
    for i, (_, query, good, *warns) in enumerate(CHECKS):
        n = repr(db.execute(query).fetchone()[0])
        holds = [db.execute("SELECT " + g.replace("{}", n)).fetchone()[0] for g in (good, *warns)]
        out["c%d" % i] = "fail" if not holds[0] else "warn" if not all(holds) else "pass"
    return out


def verdicts(done):
    """By name; where one thing became several checks (`x`, `x (2)`), the worst of them."""
    ret, order = {}, ("pass", "warn", "fail", "error")
    for c in done.json["assets"][0]["checks"]:
        name = c["id"].split(":")[-1].split(" (")[0]
        if not c["implicit"]:
            ret[name] = max(ret.get(name, "pass"), c["outcome"], key=order.index)
    return ret


@test
def sodacl_gives_the_verdicts_of_sodas_own_sql(p):
    db = data(p)
    p.write("checks.yml", sodacl())
    want = soda_says(db)
    same(sorted(set(want.values())), ["fail", "pass", "warn"])
    for source in (["orders.csv"], ["t.db", "--table", "orders"]):
        done = p.json("check", "--source", *source, "--suite", "checks.yml")
        same(verdicts(done), want, source[0])


@test
def the_written_catalog_gives_the_same_verdicts_and_keeps_comments(p):
    data(p)
    p.write("checks.yml", sodacl())
    direct = verdicts(p.json("check", "--source", "orders.csv", "--suite", "checks.yml"))
    p.weir("import", "sodacl", "checks.yml", "--write", "imported.yaml").expect(0)
    p.weir("import", "sodacl", "checks.yml", "--write", "imported.yaml").expect(2)
    with open(p.path("imported.yaml"), encoding="utf-8") as f:
        text = f.read()
    for i in range(len(CHECKS)):
        contains(text, "      # number %d\n      - " % i)
    p.catalog("catalog: [imported.yaml]\nassets:\n  orders: {path: orders.csv}\n")
    p.weir("validate").expect(0)
    same(verdicts(p.json("check")), direct)


@test
def the_same_file_is_a_suite_and_an_overlay(p):
    data(p)
    p.write("checks.yml", sodacl() + "checks for customers:\n  - row_count > 5\n")
    want = verdicts(p.json("check", "--source", "orders.csv", "--suite", "checks.yml"))
    p.catalog("assets:\n  raw/orders: {path: orders.csv, suites: [checks.yml]}\n")
    same(verdicts(p.json("check")), want)
    p.catalog("catalog: [{import: sodacl, from: checks.yml}]\nassets:\n  raw/orders: {path: orders.csv}\n")
    done = p.json("check", "raw/orders")
    same(done.json["assets"][0]["key"], "raw/orders")
    same(verdicts(done), want)
    p.catalog("assets:\n  other: {path: orders.csv, suites: [checks.yml]}\n")
    done = p.weir("validate").expect(2)
    contains(done.err, "this file has no checks for 'other'")
    p.weir("check", "--source", "orders.csv", "--suite", "checks.yml", "--suite-table", "customers").expect(0)


SODA4 = """dataset: pg/shop/public/orders
filter: "day <> '2026-01-28'"
variables: {most: {default: 500}}
columns:
  - name: id
    data_type: integer
  # who
  - name: email
    checks:
      - missing: {name: m1, missing_values: [N/A, '-'], threshold: {must_be_less_than: 180}}
      - missing: {name: m2, threshold: {metric: percent, must_be_less_than: 5, level: warn}}
      - invalid: {name: i1, valid_format: {regex: '@|^-$', name: mail}, missing_values: [N/A]}
  - name: amount
    checks:
      - invalid: {name: i2, valid_min: 0, threshold: {must_be_less_than_or_equal: 300, additional: {level: warn, must_be: 0}}}
      - aggregate: {name: a1, function: avg, threshold: {must_be_between: {greater_than: 1, less_than_or_equal: 60}}}
  - name: phone
    checks:
      - duplicate: {name: d1}
checks:
  - row_count: {name: r1, threshold: {must_be_less_than: "${var.most}"}}
  - row_count: {name: r2, threshold: {must_be_not_between: {less_than: 1, greater_than: 500}}}
  - failed_rows: {name: f1, expression: amount < -4}
"""


@test
def a_contract_of_soda_4_gives_the_verdicts_of_sql(p):
    db = data(p)
    p.write("contract.yml", SODA4)

    def number(sql):
        return db.execute("SELECT %s FROM orders WHERE day <> '2026-01-28'" % sql).fetchone()[0]

    def count(cond):
        return number("COUNT(CASE WHEN %s THEN 1 END)" % cond)

    def outcome(good, warn=True):
        return "fail" if not good else "pass" if warn else "warn"

    negative = count("amount < 0")
    want = {
        "m1": outcome(count(MISSING) < 180), "m2": outcome(True, count("email IS NULL") * 100 / number("COUNT(*)") < 5),
        "i1": outcome(count("email IS NOT NULL AND email <> 'N/A' AND NOT matches(email, '@|^-$')") == 0),
        "i2": outcome(negative <= 300, negative == 0), "a1": outcome(1 < number("AVG(amount)") <= 60),
        "d1": outcome(number("COUNT(phone) - COUNT(DISTINCT phone)") == 0), "r1": outcome(number("COUNT(*)") < 500),
        "r2": outcome(not 1 <= number("COUNT(*)") <= 500), "f1": outcome(count("amount < -4") == 0),
    }
    same(sorted(set(want.values())), ["fail", "pass", "warn"])
    for source in (["orders.csv"], ["t.db", "--table", "orders"]):
        same(verdicts(p.json("check", "--source", *source, "--suite", "contract.yml")), want, source[0])
    p.weir("import", "contract.yml", "--write", "w.yaml").expect(0)
    p.catalog("catalog: [w.yaml]\nassets:\n  orders: {path: orders.csv}\n")
    same(verdicts(p.json("check")), want)


def became(p, kind, text):
    p.write("it.yml", text)
    n = p.json("import", kind, "it.yml").json["notes"]
    same(len(n), 1, text)
    return n[0]["grade"], n[0].get("became", "") + n[0].get("why", "")


@test
def no_threshold_of_soda_is_lost_beside_another(p):
    for check, grade, text in (
        ("row_count > 0: {warn: when < 10}", "ambiguous", 'row_count: {}, warn: "< 10", fail: "<= 0"'),
        ("missing_count(a) = 0: {warn: when > 0}", "ambiguous", 'not_null: a, warn: "> 0", fail: "!= 0"'),
        ("row_count > 0: {fail: when < 5}", "refused", "it says twice when it fails"),
        ("missing_count(a) = 0: {fail: when > 5}", "refused", "it says twice when it fails"),
        ("min_length(a) >= 3: {warn: when < 5}", "ambiguous", 'min_length: {column: a}, warn: "< 5", fail: "< 3"'),
        ("change for row_count < 5: {warn: when > 1}", "ambiguous", 'change: {of: row_count, against: previous}, warn: "> 1", fail: ">= 5"'),
        ("change for row_count: {warn: when > 1, fail: when > 5}", "approximated", 'warn: "> 1", fail: "> 5"'),
        ("missing_count(a) < 5%", "ambiguous", 'not_null: a, fail: ">= 5"'),
        ("duplicate_percent(a) > 5", "exact", 'percent_of: all_rows}, fail: "<= 5%"'),
        ("failed rows: {fail query: SELECT 1, fail: when > 5}", "exact", 'AS failed_rows"}, fail: "> 5"'),
        ("schema: {fail: {when schema changes: any}}", "approximated", "schema_change: {against: last, allow: [loosened, tightened]}"),
        ("schema: {fail: {when wrong column type: {a: int, b: text}, with optional columns: [b]}}", "approximated", "required: [a]"),
        ("schema: {fail: {when forbidden column present: [ssn, 'x%']}}", "exact", 'forbidden: ["ssn*", "x*"]'),
        ("anomaly detection for row_count: {fail: when > 3}", "refused", "are not taken over"),
        ("values in (a) must exist in u (b): {warn: when > 5}", "refused", "are not taken over"),
        ("row_count same as u: {warn: when > 1}", "refused", "are not taken over"),
    ):
        got = became(p, "sodacl", "checks for t:\n  - %s\n" % check)
        same((check, got[0]), (check, grade))
        contains(got[1], text)


@test
def a_change_that_reaches_its_bound_is_too_much_as_in_soda(p):
    p.write("s.yml", "checks for t:\n" + "".join("  - change %s: {name: %s}\n" % c for c in (
        ("for row_count < 2", "absolute"), ("percent for row_count < 50", "percent"), ("for row_count > -2", "below"), ("for row_count between (-2 and 2]", "between"),
        ("for row_count <= 2", "closed"))))
    p.write("weir.yaml", "assets:\n  t: {path: t.csv, suites: [s.yml]}\n")
    # From 4 rows to 6, by 2 or 50 %; to 7; to 5.
    for day, rows, want in ((1, 4, None), (2, 6, {"absolute", "percent"}), (3, 7, set()), (4, 5, {"below", "between"})):
        p.write("t.csv", "a\n" + "1\n" * rows)
        got = p.json("check", now="2026-01-%02dT00:00:00Z" % day).json["assets"][0]["checks"]
        if want is not None:
            same({c["id"].split(":")[-1] for c in got if c["outcome"] == "fail"}, want, "%d rows" % rows)
            same({c["outcome"] for c in got} <= {"pass", "fail"}, True)


@test
def what_soda_calls_missing_and_valid_is_kept(p):
    for text, grade, part in (
        # Lists of a configuration and of a check are joined.
        ("configurations for t: {missing values for a: [one]}\nchecks for t:\n  - missing_count(a) = 0: {missing values: [two]}\n", "exact", "values: [two, one]"),
        ("configurations for t: {valid values for a: [one]}\nchecks for t:\n  - invalid_count(a) = 0: {valid values: [two]}\n", "exact", "values: [two, one]"),
        ("configurations for t: {valid min for a: 3}\nchecks for t:\n  - invalid_count(a) = 0: {valid min: 5}\n", "exact", "min: 5"),
        ("configurations for t: {invalid values for a: [x]}\nchecks for t:\n  - invalid_count(a) = 0\n", "approximated", "not_in_set"),
        # Of valid values Soda does not ask in addition what is invalid.
        ("checks for t:\n  - avg(a) > 1: {valid min: 0, invalid values: [3]}\n", "exact", 'where: "(NOT (a IS NULL)) AND (a >= 0)"'),
        ("checks for t:\n  - invalid_count(a) < 3: {valid min: 0, invalid values: [3]}\n", "exact", "NOT (a IN (3)) AND a >= 0"),
        # The past of a number of valid values.
        ("checks for t:\n  - change for avg(a) < 5: {valid min: 0}\n", "approximated", 'where: "(NOT (a IS NULL)) AND (a >= 0)"'),
        ("checks for t:\n  - anomaly detection for sum(a): {missing values: [-1], filter: b > 2}\n", "approximated", "NOT (a IS NULL OR a IN (-1))"),
        ("checks for t:\n  - invalid_count(a) = 0: {valid regex: b$}\n", "exact", "match_regex"),
    ):
        p.write("it.yml", text)
        notes = p.json("import", "sodacl", "it.yml").json["notes"]
        same((text, notes[-1]["grade"]), (text, grade))
        contains(notes[-1]["became"], part)


@test
def what_soda_4_says_of_a_column_holds_for_its_checks(p):
    text = "dataset: t\ncolumns:\n  - name: a\n    missing_values: [x]\n    valid_min_length: 3\n    checks:\n      - %s\n"
    for check, grade, part in (
        ("missing:", "exact", "not_missing: {column: a, values: [x]}"),
        ("missing: {missing_values: [z]}", "exact", "values: [z]"),
        ("invalid:", "exact", 'length_between: {column: a, min: 3}, where: "NOT (a IS NULL OR a IN (\'x\'))"'),
        ("invalid: {valid_values: [z]}", "exact", "in_set: {column: a, values: [z]}"),
        ("duplicate:", "exact", 'unique: a, where: "NOT (a IS NULL OR a IN (\'x\'))"'),
        ("aggregate: {function: max, threshold: {must_be: 3}}", "approximated", "length(a) >= 3"),
    ):
        p.write("it.yml", text % check)
        n = p.json("import", "soda4", "it.yml").json["notes"]
        same((check, [x["grade"] for x in n]), (check, [grade]))
        contains(n[0]["became"], part)
    p.write("it.yml", "dataset: t\ncolumns: [{name: a}, {name: b}]\nchecks: [{duplicate: {columns: [a, b]}}]\n")
    contains(p.json("import", "soda4", "it.yml").json["notes"][0]["became"], "ignore_row_if: never")


@test
def thresholds_of_soda_4_mean_what_they_say(p):
    for check, grade, text in (
        ("row_count: {threshold: {must_be_greater_than: 0, additional: {level: warn, must_be_greater_than: 100}}}", "exact", 'row_count: {}, warn: "<= 100", fail: "<= 0"'),
        ("row_count: {threshold: {level: warn}}", "exact", 'row_count: {}, warn: "<= 0"'),
        ("row_count: {threshold: {must_be_not_between: {less_than: 10, greater_than: 90}}}", "exact", 'fail: between 10 and 90'),
        ("row_count: {threshold: {must_be_not_between: {less_than_or_equal: 10, greater_than_or_equal: 90}}}", "exact", 'fail: "between (10 and 90)"'),
        ("row_count: {threshold: {must_be_not_between: {greater_than: 10, less_than: 90}}}", "refused", "less_than 90 is not below greater_than 10"),
        ("row_count: {threshold: {must_be_between: {greater_than: 10, greater_than_or_equal: 0, less_than: 90}}}", "refused", "one bound on either side"),
        ("row_count: {threshold: 5}", "refused", "'5' is no threshold"),
        ("row_count: {threshold: {level: wran, must_be: 0}}", "refused", "'wran' is no level"),
        ("row_count: {threshold: {level: warn, must_be: 0, additional: {level: warn, must_be: 1}}}", "refused", "the same level"),
        ("freshness: {column: a, threshold: {unit: hour, must_be_less_than: 6, additional: {unit: day, level: warn, must_be_less_than: 1}}}", "approximated",
         'warn: ">= 1d", fail: ">= 6h"'),
        ("freshness: {column: a, threshold: {unit: week, must_be_less_than: 6}}", "refused", "'week' is no unit"),
        ("failed_rows: {expression: a > 3, threshold: {must_be: 0, additional: {level: warn, must_be_less_than: 9}}}", "exact", 'fail: "!= 0", warn: ">= 9"'),
    ):
        got = became(p, "soda4", "dataset: t\nchecks:\n  - %s\n" % check)
        same((check, got[0]), (check, grade))
        contains(got[1], text)


REFUSED = """checks for orders:
  - row_count > 0
  - mising_count(email) = 0
  - missing_count(email) = 0: {missing valeus: [x]}
  - group by: {query: SELECT 1, fields: [a], checks: [x > 1]}
  - distribution_difference(amount) > 0.05: {distribution reference file: d.yml}
  - values in (email) must not exist in old (email)
  - row_count > ${least}
  - max(amount) < 5: {filter: "amount NOTNULL AND (("}
  - freshness(day) > 1d
  - row_count
cheks for customers:
  - row_count > 0
discover datasets: {datasets: ['%']}
"""


@test
def what_is_refused_is_told_with_its_place_and_is_an_error_when_checks_run(p):
    data(p)
    p.write("checks.yml", REFUSED)
    done = p.json("import", "checks.yml").expect(1)
    same(done.json["summary"], {"exact": 1, "approximated": 0, "ambiguous": 0, "refused": 11})
    notes = done.json["notes"]
    same([n["place"]["line"] for n in notes], [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14])
    same({n["place"]["column"] for n in notes[1:10]}, {5})
    for n, why, remedy in ((1, "mising_count", "did you mean 'missing_count'?"), (2, "missing valeus", "did you mean 'missing values'?"),
                           (6, "the variable 'least' has no value", "--var least"), (10, "no section", "did you mean 'checks for'?")):
        contains(notes[n]["why"] + notes[n]["remedy"], why)
        contains(notes[n]["remedy"], remedy)
    same(p.json("import", "checks.yml", "--var", "least=3").expect(1).json["summary"]["exact"], 2)
    done = p.json("check", "--source", "orders.csv", "--suite", "checks.yml").expect(3)
    same(done.json["summary"]["checks"]["error"], 10, "all but what is no check")
    same([c["expectation"] for c in done.json["assets"][0]["checks"] if c["outcome"] == "error"], ["unsupported"] * 10)
    p.weir("import", "checks.yml", "--write", "w.yaml").expect(1)
    p.catalog("catalog: [w.yaml]\nassets:\n  orders: {path: orders.csv}\n")
    p.weir("validate").expect(0)
    same(p.json("check").expect(3).json["summary"]["checks"]["error"], 10)


GX = {"name": "orders", "expectations": [
    {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "email"}, "meta": {"why": "mail"}, "severity": "warning"},
    {"type": "expect_column_values_to_be_between", "kwargs": {"column": "amount", "min_value": {"$PARAMETER": "least"}, "mostly": 0.9}},
    {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "id", "row_condition": "status == \"paid\"", "condition_parser": "pandas"}},
    {"type": "expect_of_our_own", "kwargs": {"column": "id"}},
    {"type": "expect_column_max_to_be_between", "kwargs": {"column": "amount", "max_valeu": 3}},
], "suite_parameters": {"least": 10}, "meta": {"great_expectations_version": "1.2.0"}}


@test
def a_great_expectations_suite_runs_as_a_catalog_too(p):
    db = data(p)
    p.write("gx.json", json.dumps(GX))
    done = p.json("import", "gx.json", "--write", "w.yaml").expect(1)
    same(done.json["summary"], {"exact": 3, "approximated": 0, "ambiguous": 0, "refused": 2})
    direct = p.json("check", "--source", "orders.csv", "--suite", "gx.json").expect(3)
    p.catalog("catalog: [w.yaml]\nassets:\n  orders: {path: orders.csv}\n")
    again = p.json("check").expect(3)
    outcomes = [[c["outcome"] for c in d.json["assets"][0]["checks"] if not c["implicit"]] for d in (direct, again)]
    share = db.execute("SELECT AVG(amount >= 10) FROM orders WHERE amount IS NOT NULL").fetchone()[0]
    twice = db.execute("SELECT COUNT(id) - COUNT(DISTINCT id) FROM orders WHERE status = 'paid'").fetchone()[0]
    same(outcomes[0], ["warn", "pass" if share >= 0.9 else "fail", "fail" if twice else "pass", "error", "error"])
    same(outcomes[1], outcomes[0])


@test
def the_report_of_an_import_is_as_its_schema_says(p):
    try:
        import jsonschema
    except ImportError:
        return "SKIP python3-jsonschema is not installed"
    schema = json.loads(p.weir("config", "schema", "import").expect(0).out)
    for name, text in (("a.yml", REFUSED), ("b.yml", SODA4), ("c.json", json.dumps(GX))):
        p.write(name, text)
        done = p.json("import", name)
        same([e.message for e in jsonschema.Draft202012Validator(schema).iter_errors(done.json)], [])
    return None


@test
def a_reason_that_many_have_in_common_is_told_once(p):
    for n, times in ((2, 2), (3, 1), (60, 1)):
        p.write("schema.yml", "models:\n  - name: t\n    tests:\n" + "".join("      - ours_%d\n" % i for i in range(n)))
        lines = p.weir("import", "schema.yml").expect(1).out.splitlines()
        same(sum("what the test does stands in a macro" in line for line in lines), times, n)
        same(sum("t: ours_" in line for line in lines), n)
        same(lines[-1] == lines[0], n > 40, "a long report ends with its sums")


@test
def what_cannot_be_imported_at_all_is_status_2(p):
    p.write("x.yml", "a: 1\n")
    contains(p.weir("import", "x.yml").expect(2).err, "nothing that can be imported")
    contains(p.weir("import", "sodacl", "x.yml").expect(2).err, "this is nothing of SodaCL")
    contains(p.weir("import", "sodacle", "x.yml").expect(2).err, "did you mean 'sodacl'?")
    p.write("bad.yml", "checks for a: [\n")
    p.weir("import", "bad.yml").expect(2)
    p.weir("import", "nowhere.yml").expect(2)


# A test of dbt on a column (or on the table), and the query whose rows the package counts as failing.  Without a third, any is a failure.
SOME = "SELECT 1 FROM orders WHERE %s"
SCALAR = "SELECT 1 FROM (SELECT %s AS n FROM orders) WHERE NOT (%s)"
LAG = "SELECT 1 FROM (SELECT amount AS v, LAG(amount) OVER (%s) AS p FROM orders WHERE %s) WHERE p IS NOT NULL AND NOT %s"
RANGES = """SELECT 1 FROM (SELECT a, b, LEAD(a) OVER w AS n, LEAD(1) OVER w IS NULL AS last FROM (SELECT *, %s AS a, %s AS b FROM orders)
    WINDOW w AS (%s ORDER BY a IS NULL, a, b IS NULL, b)) WHERE NOT (COALESCE(a %s b, 0) AND COALESCE(b %s n, last, 0))"""
DBT = [
    ("id", "unique", "SELECT id FROM orders WHERE id IS NOT NULL GROUP BY id HAVING COUNT(*) > 1"),
    ("day", "unique", "SELECT day FROM orders WHERE day IS NOT NULL GROUP BY day HAVING COUNT(*) > 1"),
    ("email", "not_null", SOME % "email IS NULL"),
    ("day", "not_null", SOME % "day IS NULL"),
    ("email", "not_null: {severity: warn}", SOME % "email IS NULL", "warn"),
    ("email", "not_null: {config: {error_if: '>300', warn_if: '>10'}}", SOME % "email IS NULL", lambda n: "fail" if n > 300 else "warn" if n > 10 else "pass"),
    ("email", "not_null: {config: {error_if: '>10'}}", SOME % "email IS NULL", lambda n: "fail" if n > 10 else "warn" if n else "pass"),
    ("email", "not_null: {config: {error_if: 'between 1 and 5', warn_if: '= 0'}}", SOME % "email IS NULL", lambda n: "fail" if 1 <= n <= 5 else "warn" if n == 0 else "pass"),
    ("email", "not_null: {config: {severity: warn, warn_if: '>300'}}", SOME % "email IS NULL", lambda n: "warn" if n > 300 else "pass"),
    ("email", "not_null: {config: {where: \"status = 'none'\"}}", SOME % "email IS NULL AND status = 'none'"),
    ("status", "accepted_values: {values: [open, paid]}", SOME % "status NOT IN ('open', 'paid')"),
    ("status", "accepted_values: {arguments: {values: [open, paid, lost]}}", SOME % "status NOT IN ('open', 'paid', 'lost')"),
    ("amount", "accepted_values: {values: [1, 2], quote: false}", SOME % "amount NOT IN (1, 2)"),
    ("status", "dbt_utils.not_accepted_values: {values: [lost]}", SOME % "status IN ('lost')"),
    ("amount", "dbt_utils.accepted_range: {min_value: -5, max_value: 94}", SOME % "NOT amount >= -5 OR NOT amount <= 94"),
    ("amount", "dbt_utils.accepted_range: {min_value: -5, inclusive: false}", SOME % "NOT amount > -5"),
    ("amount", "dbt_utils.accepted_range: {max_value: id}", SOME % "NOT amount <= id"),
    ("amount", "dbt_utils.expression_is_true: {expression: '>= -5'}", SOME % "NOT amount >= -5"),
    (None, "dbt_utils.expression_is_true: {expression: amount < id}", SOME % "NOT amount < id"),
    ("phone", "dbt_utils.at_least_one", SCALAR % ("COUNT(phone)", "n <> 0")),
    ("phone", "dbt_utils.at_least_one: {config: {where: phone IS NULL}}", "SELECT 1 FROM (SELECT COUNT(phone) AS n FROM orders WHERE phone IS NULL) WHERE n = 0"),
    ("status", "dbt_utils.not_constant", SCALAR % ("COUNT(DISTINCT status)", "n <> 1")),
    ("status", "dbt_utils.not_constant: {config: {where: \"status = 'paid'\"}}", "SELECT 1 FROM (SELECT COUNT(DISTINCT status) AS n FROM orders WHERE status = 'paid') WHERE n = 1"),
    ("sku", "dbt_utils.not_empty_string", SOME % "TRIM(sku) = ''"),
    ("phone", "dbt_utils.not_null_proportion: {at_least: 0.9}", SCALAR % ("COUNT(phone) * 1.0 / COUNT(*)", "n >= 0.9 AND n <= 1")),
    ("phone", "dbt_utils.not_null_proportion: {at_least: 0.1}", SCALAR % ("COUNT(phone) * 1.0 / COUNT(*)", "n >= 0.1 AND n <= 1")),
    (None, "dbt_utils.unique_combination_of_columns: {combination_of_columns: [email, phone]}", "SELECT 1 FROM orders GROUP BY email, phone HAVING COUNT(*) > 1"),
    (None, "dbt_utils.unique_combination_of_columns: {combination_of_columns: [id, day]}", "SELECT 1 FROM orders GROUP BY id, day HAVING COUNT(*) > 1"),
    ("id", "dbt_utils.sequential_values", "SELECT 1 FROM (SELECT id, LAG(id) OVER (ORDER BY id) AS p FROM orders) WHERE NOT id = p + 1"),
    (None, "dbt_expectations.expect_table_row_count_to_equal: {value: 400}", SCALAR % ("COUNT(*)", "n = 400")),
    (None, "dbt_expectations.expect_table_row_count_to_be_between: {min_value: 400, strictly: true}", SCALAR % ("COUNT(*)", "n > 400")),
    (None, "dbt_expectations.expect_table_column_count_to_equal: {value: 8}", SOME % "0"),
    ("sku", "dbt_expectations.expect_column_value_lengths_to_be_between: {min_value: 3}", SOME % "NOT length(sku) >= 3"),
    ("code", "dbt_expectations.expect_column_value_lengths_to_equal: {value: 2, row_condition: \"code = 'yy'\"}", SOME % "NOT length(code) = 2 AND code = 'yy'"),
    ("sku", "dbt_expectations.expect_column_values_to_match_regex: {regex: '^[A-Z]'}", SOME % "NOT matches(sku, '^[A-Z]')  AND sku IS NOT NULL"),
    ("sku", "dbt_expectations.expect_column_values_to_match_regex: {regex: '^[A-Z]', flags: i}", SOME % "NOT matches(sku, '(?i)^[A-Z]') AND sku IS NOT NULL"),
    ("sku", "dbt_expectations.expect_column_values_to_not_match_regex_list: {regex_list: ['^A', '^X']}", SOME % "NOT (NOT matches(sku, '^A') OR NOT matches(sku, '^X'))"),
    ("sku", "dbt_expectations.expect_column_values_to_not_match_regex_list: {regex_list: ['^A', '^X'], match_on: all}",
     SOME % "NOT (NOT matches(sku, '^A') AND NOT matches(sku, '^X'))"),
    ("amount", "dbt_expectations.expect_column_values_to_be_between: {min_value: -5, max_value: 95, strictly: true}", SOME % "NOT (amount > -5 AND amount < 95)"),
    ("amount", "dbt_expectations.expect_column_values_to_be_between: {min_value: 0, row_condition: amount > 3}", SOME % "NOT amount >= 0 AND amount > 3"),
    ("amount", "dbt_expectations.expect_column_mean_to_be_between: {min_value: 40, max_value: 50}", SCALAR % ("AVG(amount)", "n BETWEEN 40 AND 50")),
    ("amount", "dbt_expectations.expect_column_sum_to_be_between: {max_value: 50}", SCALAR % ("SUM(amount)", "n <= 50")),
    ("status", "dbt_expectations.expect_column_distinct_count_to_equal: {value: 3}", SCALAR % ("COUNT(DISTINCT status)", "n = 3")),
    ("status", "dbt_expectations.expect_column_distinct_count_to_be_less_than: {value: 3}", SCALAR % ("COUNT(DISTINCT status)", "n < 3")),
    ("status", "dbt_expectations.expect_column_distinct_values_to_contain_set: {value_set: [open, gone]}",
     "SELECT v FROM (SELECT 'open' AS v UNION SELECT 'gone') WHERE v NOT IN (SELECT status FROM orders WHERE status IS NOT NULL)"),
    ("phone", "dbt_expectations.expect_column_proportion_of_unique_values_to_be_between: {max_value: 0.5}", SCALAR % ("COUNT(DISTINCT phone) * 1.0 / COUNT(phone)", "n <= 0.5")),
    (None, "dbt_expectations.expect_column_pair_values_A_to_be_greater_than_B: {column_A: id, column_B: amount}", SOME % "NOT id > amount"),
    (None, "dbt_expectations.expect_column_pair_values_to_be_equal: {column_A: email, column_B: sku}", SOME % "NOT email = sku"),
    (None, "dbt_expectations.expression_between: {expression: amount + id, min_value: -5}", SOME % "NOT amount + id >= -5"),
    ("status", "dbt_expectations.expect_column_values_to_be_in_set: {value_set: [open, paid, lost]}", SOME % "(status IN ('open', 'paid', 'lost')) IS NOT TRUE"),
    ("status", "dbt_expectations.expect_column_values_to_be_in_set: {value_set: [open, paid, lost], config: {where: status IS NOT NULL}}",
     SOME % "status IS NOT NULL AND status NOT IN ('open', 'paid', 'lost')"),
    ("status", "dbt_expectations.expect_column_values_to_be_in_set: {value_set: [open, paid], config: {error_if: '>250', warn_if: '>1'}}",
     SOME % "(status IN ('open', 'paid')) IS NOT TRUE", lambda n: "fail" if n > 250 else "warn" if n > 1 else "pass"),
    ("status", "dbt_expectations.expect_column_values_to_not_be_in_set: {value_set: [lost], config: {error_if: '>200'}}",
     SOME % "status IN ('lost')", lambda n: "fail" if n > 200 else "warn" if n else "pass"),
    ("status", "dbt_expectations.expect_column_distinct_values_to_be_in_set: {value_set: [open, paid, lost], row_condition: id > 0}",
     "SELECT DISTINCT status FROM orders WHERE id > 0 AND (status IN ('open', 'paid', 'lost')) IS NOT TRUE"),
    ("status", "dbt_expectations.expect_column_distinct_values_to_equal_set: {value_set: [open, paid, lost], config: {where: status IS NOT NULL}}",
     "SELECT v FROM (SELECT 'open' AS v UNION SELECT 'paid' UNION SELECT 'lost') WHERE v NOT IN (SELECT status FROM orders WHERE status IS NOT NULL)"),
    ("id", "dbt_expectations.expect_column_values_to_be_increasing: {row_condition: id > 0}",
     "SELECT 1 FROM (SELECT id, LAG(id) OVER (ORDER BY id) AS p FROM orders WHERE id > 0) WHERE p IS NOT NULL AND NOT id > p"),
    ("day", "dbt_expectations.expect_column_values_to_be_increasing: {row_condition: id > 1372}",
     "SELECT 1 FROM (SELECT day, LAG(day) OVER (ORDER BY day) AS p FROM orders WHERE id > 1372) WHERE p IS NOT NULL AND NOT day > p"),
    ("id", "dbt_expectations.expect_column_values_to_be_increasing: {step: 1, row_condition: id > 1300 AND id < 1320}",
     "SELECT 1 FROM (SELECT id, LAG(id) OVER (ORDER BY id) AS p FROM orders WHERE id > 1300 AND id < 1320) WHERE p IS NOT NULL AND NOT (id > p AND id - p = 1)"),
    ("id", "dbt_expectations.expect_column_values_to_be_increasing: {group_by: [day], row_condition: id > 900}",
     "SELECT 1 FROM (SELECT id, LAG(id) OVER (PARTITION BY day ORDER BY id) AS p FROM orders WHERE id > 900) WHERE p IS NOT NULL AND NOT id > p"),
    (None, "dbt_expectations.expect_column_pair_values_to_be_in_set: {column_A: status, column_B: code, value_pairs_set: [[\"'open'\", \"'x'\"], [\"'paid'\", \"'yy'\"]]}",
     SOME % "NOT ((status = 'open' AND code = 'x') OR (status = 'paid' AND code = 'yy'))"),
    (None, "dbt_expectations.expect_column_pair_values_to_be_in_set: {column_A: status, column_B: amount, value_pairs_set: [[\"'open'\", 5]], row_condition: \"status = 'open' AND amount IS NULL\"}",
     SOME % "NOT (status = 'open' AND amount = 5) AND status = 'open' AND amount IS NULL"),
    (None, "dbt_expectations.expect_compound_columns_to_be_unique: {column_list: [email, phone], ignore_row_if: any_value_is_missing}",
     "SELECT 1 FROM orders WHERE NOT (email IS NULL OR phone IS NULL) GROUP BY email, phone HAVING COUNT(*) > 1"),
    (None, "dbt_expectations.expect_compound_columns_to_be_unique: {column_list: [id, phone]}",
     "SELECT 1 FROM orders WHERE NOT (id IS NULL AND phone IS NULL) GROUP BY id, phone HAVING COUNT(*) > 1"),
    (None, "dbt_expectations.expect_select_column_values_to_be_unique_within_record: {column_list: [email, sku, code], ignore_row_if: any_value_is_missing}",
     SOME % "email IS NOT NULL AND sku IS NOT NULL AND code IS NOT NULL AND (email = sku OR email = code OR sku = code)"),
    (None, "dbt_expectations.expect_select_column_values_to_be_unique_within_record: {column_list: [email, sku]}",
     SOME % "NOT (email IS NULL AND sku IS NULL) AND (email <> sku) IS NOT TRUE"),
    ("amount", "dbt_expectations.expect_column_values_to_be_increasing: {sort_column: id, group_by: [status, code]}",
     LAG % ("PARTITION BY status, code ORDER BY id", "TRUE", "v > p")),
    ("id", "dbt_expectations.expect_column_values_to_be_increasing: {sort_column: day, row_condition: id > 1372}", LAG.replace("amount", "id") % ("ORDER BY day", "id > 1372", "v > p")),
    ("id", "dbt_expectations.expect_column_values_to_be_decreasing: {sort_column: day, strictly: false, row_condition: id > 1372}",
     LAG.replace("amount", "id") % ("ORDER BY day", "id > 1372", "v <= p")),
    ("sku", "dbt_expectations.expect_column_values_to_have_consistent_casing: {config: {where: sku IS NOT NULL}}",
     "SELECT 1 FROM (SELECT COUNT(1) AS n, COUNT(DISTINCT LOWER(v)) AS m FROM (SELECT DISTINCT sku AS v FROM orders WHERE sku IS NOT NULL)) WHERE n <> m"),
    ("code", "dbt_expectations.expect_column_values_to_have_consistent_casing: {config: {where: id > 0}}",
     "SELECT 1 FROM (SELECT COUNT(1) AS n, COUNT(DISTINCT LOWER(v)) AS m FROM (SELECT DISTINCT code AS v FROM orders WHERE id > 0)) WHERE n <> m"),
    ("code", "dbt_expectations.expect_column_values_to_have_consistent_casing: {display_inconsistent_columns: true, config: {where: id > 1}}",
     "SELECT 1 FROM (SELECT DISTINCT code AS v FROM orders WHERE id > 1) GROUP BY LOWER(v) HAVING COUNT(v) > 1"),
    (None, "dbt_utils.mutually_exclusive_ranges: {lower_bound_column: id, upper_bound_column: id + 1, partition_by: day, zero_length_range_allowed: true}",
     RANGES % ("id", "id + 1", "PARTITION BY day", "<=", "<=")),
    (None, "dbt_utils.mutually_exclusive_ranges: {lower_bound_column: id, upper_bound_column: id + 28, partition_by: 'day, status', gaps: required}",
     RANGES % ("id", "id + 28", "PARTITION BY day, status", "<", "<")),
    (None, "dbt_utils.mutually_exclusive_ranges: {lower_bound_column: id, upper_bound_column: id + 1, gaps: not_allowed, config: {where: id > 1380}}",
     RANGES.replace("orders", "(SELECT * FROM orders WHERE id > 1380)") % ("id", "id + 1", "", "<", "=")),
    (None, "dbt_utils.mutually_exclusive_ranges: {lower_bound_column: amount, upper_bound_column: id}", RANGES % ("amount", "id", "", "<", "<=")),
    ("email", "dbt_utils.not_null_where: {where: id > 1390}", SOME % "email IS NULL AND id > 1390"),
    ("id", "dbt_utils.unique_where: {where: id > 900}", "SELECT id FROM orders WHERE id > 900 GROUP BY id HAVING COUNT(*) > 1"),
    (None, "dbt_utils.expression_is_true: {expression: amount > 3, condition: id > 1390}", SOME % "NOT amount > 3 AND id > 1390"),
    ("code", "accepted_values: {values: [x, yy, zzz, null], config: {description: all of them, owner: me}}", SOME % "code NOT IN ('x', 'yy', 'zzz', 'None')"),
    (None, "dbt_expectations.expect_column_pair_values_A_to_be_greater_than_B: {column_A: id + 1, column_B: amount, row_condition: id > 50}",
     SOME % "NOT (id + 1) > (amount) AND id > 50"),
    ("status", "dbt_utils.not_constant: {group_by_columns: [code, amount], config: {where: amount < 10}}", "SELECT 1 FROM orders WHERE amount < 10 GROUP BY code, amount HAVING COUNT(DISTINCT status) = 1"),
    ("phone", "dbt_utils.at_least_one: {group_by_columns: [status]}", "SELECT 1 FROM orders GROUP BY status HAVING COUNT(phone) = 0"),
    ("phone", "dbt_utils.at_least_one: {group_by_columns: [id], config: {where: id > 1350}}", "SELECT 1 FROM orders WHERE id > 1350 GROUP BY id HAVING COUNT(phone) = 0"),
    ("phone", "dbt_utils.not_null_proportion: {at_least: 0.4, group_by_columns: [status]}",
     "SELECT 1 FROM orders GROUP BY status HAVING COUNT(phone) * 1.0 / COUNT(*) < 0.4 OR COUNT(phone) * 1.0 / COUNT(*) > 1"),
    ("id", "dbt_utils.sequential_values: {group_by_columns: [day], interval: 28, config: {where: id > 900}}",
     "SELECT 1 FROM (SELECT id, LAG(id) OVER (PARTITION BY day ORDER BY id) AS p FROM orders WHERE id > 900) WHERE NOT id = p + 28"),
    ("amount", "dbt_expectations.expect_column_mean_to_be_between: {min_value: 40, max_value: 60, group_by: [status]}",
     "SELECT 1 FROM orders GROUP BY status HAVING NOT (AVG(amount) >= 40 AND AVG(amount) <= 60)"),
    ("amount", "dbt_expectations.expect_column_mean_to_be_between: {min_value: 44, group_by: [status, code]}", "SELECT 1 FROM orders GROUP BY status, code HAVING NOT AVG(amount) >= 44"),
    (None, "dbt_expectations.expect_table_row_count_to_be_between: {min_value: 14, max_value: 15, group_by: [day]}",
     "SELECT 1 FROM orders GROUP BY day HAVING NOT (COUNT(*) >= 14 AND COUNT(*) <= 15)"),
    ("status", "dbt_expectations.expect_column_distinct_count_to_equal: {value: 3, group_by: [code]}", "SELECT 1 FROM orders GROUP BY code HAVING NOT COUNT(DISTINCT status) = 3"),
    ("sku", "dbt_expectations.expect_column_most_common_value_to_be_in_set: {value_set: [abc, XY, ABC], top_n: 1, config: {where: sku IS NOT NULL}}",
     "SELECT v FROM (SELECT sku AS v FROM orders WHERE sku IS NOT NULL GROUP BY sku ORDER BY COUNT(*) DESC LIMIT 1) WHERE v NOT IN ('abc', 'XY', 'ABC')"),
]
# Data on which tests of others disagree first: nothing, and nothing but nulls.
BARE = {"no rows": [], "nulls": [(None,) * len(NAMES)] * 3, "one": [(7, None, "x", "open", None, "ABC", "2026-01-01", None)]}


def schema_yml():
    """A file of them, each with its number as its name."""
    tests = {}
    for i, (column, text, *_) in enumerate(DBT):
        name, _, below = text.partition(": {")
        tests.setdefault(column, []).append("- %s: {name: t%d%s" % (name, i, ", " + below if below else "}"))
    lines = ["version: 2", "models:", "  - name: orders", "    data_tests:"] + ["      " + t for t in tests.pop(None)] + ["    columns:"]
    for column, of in tests.items():
        lines += ["      - name: " + column, "        data_tests:"] + ["          " + t for t in of]
    return "\n".join(lines) + "\n"


def dbt_says(db):
    out = {}
    for i, (_, _, query, *how) in enumerate(DBT):
        n = len(db.execute(query).fetchall())
        out["t%d" % i] = how[0](n) if how and callable(how[0]) else "pass" if n == 0 else how[0] if how else "fail"
    return out


@test
def tests_of_dbt_give_the_verdicts_of_their_packages_sql(p):
    db = data(p)
    p.write("schema.yml", schema_yml())
    same(p.json("import", "dbt", "schema.yml").expect(0).json["summary"]["refused"], 0)
    want = dbt_says(db)
    same(sorted(set(want.values())), ["fail", "pass", "warn"])
    for source in (["orders.csv"], ["t.db", "--table", "orders"]):
        same(verdicts(p.json("check", "--source", *source, "--suite", "schema.yml")), want, source[0])


@test
def tests_of_dbt_that_are_exact_are_so_on_nothing_and_on_nulls(p):
    p.write("schema.yml", schema_yml())
    grades = {n["became"].split("name: ")[-1].split(",")[0]: n["grade"] for n in p.json("import", "dbt", "schema.yml").json["notes"]}
    exact = {"t%d" % i for i in range(len(DBT)) if grades.get("t%d" % i) == "exact"}
    for name, bare in BARE.items():
        p.sqlite(name + ".db", "CREATE TABLE orders (id INTEGER, email TEXT, phone TEXT, status TEXT, amount INTEGER, sku TEXT, day TEXT, code TEXT)")
        db = sqlite3.connect(p.path(name + ".db"))
        db.create_function("matches", 2, lambda text, pattern: text is not None and __import__("re").search(pattern, text) is not None)
        db.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?)", bare)
        db.commit()
        want = {k: v for k, v in dbt_says(db).items() if k in exact}
        got = verdicts(p.json("check", "--source", name + ".db", "--table", "orders", "--suite", "schema.yml"))
        same({k: (v, DBT[int(k[1:])][1]) for k, v in got.items() if k in exact and v != want[k]}, {}, name)
    same(len(exact) > 40, True, len(exact))


OTHERS = """version: 2
models:
  - name: orders
    data_tests:
      - dbt_utils.equal_rowcount: {name: equal, compare_model: ref('b')}
      - dbt_utils.fewer_rows_than: {name: fewer, compare_model: ref('b')}
      - dbt_expectations.expect_table_row_count_to_equal_other_table_times_factor: {name: twice, compare_model: ref('b'), factor: 2}
      - dbt_expectations.expect_table_row_count_to_equal_other_table: {name: half, compare_model: ref('b'), factor: 0.5}
"""


@test
def numbers_of_rows_of_two_tables_are_compared_as_dbt_does(p):
    p.write("schema.yml", OTHERS)
    same([n["grade"] for n in p.json("import", "schema.yml").expect(0).json["notes"]], ["exact", "approximated", "exact", "exact"])
    p.catalog("assets:\n  orders: {path: a.csv, allow_empty: true, suites: [schema.yml]}\n  b: {path: b.csv, allow_empty: true}\n")
    for mine, theirs in ((3, 3), (2, 3), (4, 2), (4, 3), (2, 4), (0, 0), (0, 3)):
        p.write("a.csv", "x\n" + "1\n" * mine)
        p.write("b.csv", "x\n" + "1\n" * theirs)
        want = {"equal": mine == theirs, "fewer": mine < theirs, "twice": mine == 2 * theirs, "half": mine == theirs * 0.5}
        same(verdicts(p.json("check", "orders")), {k: "pass" if v else "fail" for k, v in want.items()}, (mine, theirs))
    p.write("b.csv", "x\n")
    message = {c["id"].split(":")[-1]: c["message"] for c in p.json("check", "orders").json["assets"][0]["checks"]}
    contains(message["fewer"], "0 rows, and b has no more than 0")
    contains(message["twice"], "0 rows, and b has 0; 2.0 times as many are as expected")


TIMES = """models:
  - name: orders
    columns:
      - name: at
        data_type: timestamp
        tests:
          - dbt_utils.recency: {name: r, datepart: hour, interval: 5, field: at, group_by_columns: [shop]}
          - dbt_expectations.expect_row_values_to_have_recent_data: {name: e, datepart: hour, interval: 5}
      - name: day
        data_type: date
        tests:
          - dbt_utils.sequential_values: {name: s, datepart: day, interval: 1}
          - dbt_expectations.expect_row_values_to_have_data_for_every_n_datepart: {name: d, date_col: day, row_condition: "shop <> 'z'"}
    tests:
      - dbt_expectations.expect_grouped_row_values_to_have_recent_data: {name: g, group_by: [shop], timestamp_column: at, datepart: day, interval: 1}
"""


@test
def times_of_dbt_are_those_of_weir(p):
    p.write("schema.yml", TIMES)
    same({n["grade"] for n in p.json("import", "schema.yml").expect(0).json["notes"]}, {"exact", "approximated"})
    for rows, want in (("a,2024-05-10 09:00:00,2024-05-01\nb,2024-05-10 08:00:00,2024-05-02\n", ("pass", "pass", "pass", "pass", "pass")),
                       ("a,2024-05-10 09:00:00,2024-05-01\nb,2024-05-09 15:00:00,2024-05-03\n", ("fail", "pass", "fail", "fail", "pass")),
                       ("a,2024-05-10 09:00:00,2024-05-01\nb,2024-05-08 15:00:00,2024-05-01\n", ("fail", "pass", "fail", "pass", "fail")),
                       ("a,2024-05-10 03:00:00,2024-05-02\na,2024-05-10 02:00:00,2024-05-01\n", ("fail", "fail", "pass", "pass", "pass"))):
        p.write("orders.csv", "shop,at,day\n" + rows)
        p.catalog("assets: {orders: {path: orders.csv, suites: [schema.yml]}}\n")
        got = verdicts(p.json("check", "orders"))
        same(tuple(got[k] for k in "resdg"), want, rows)


DBT_REFUSED = """models:
  - name: orders
    tests:
      - dbt_utils.equality: {compare_model: ref('b'), precision: 2}
      - of_our_own: {x: 1}
      - dbt_utils.expression_is_true: {expression: "sum(amount) > 3"}
      - dbt_utils.expression_is_true: {expression: "id not in (1, null)"}
      - dbt_expectations.expect_multicolumn_sum_to_equal: {column_list: [id, amount], sum_total: 3}
    columns:
      - name: id
        tests:
          - uniqe
          - unique: {severty: warn}
          - unique: {config: {error_if: "< 5"}}
          - not_null: {config: {error_if: "> 5", limit: 5}}
          - not_null: {config: {where: "id > {{ var('x') }}"}}
          - relationships: {to: b, field: id}
          - dbt_utils.at_least_one: {group_by_columns: [day], config: {error_if: "> 2"}}
          - dbt_utils.at_least_one: {config: {error_if: "> 2"}}
          - dbt_utils.at_least_one: {group_by_columns: ["lower(day)"]}
          - dbt_expectations.expect_column_values_to_be_increasing: {strictly: false}
          - dbt_expectations.expect_column_values_to_be_increasing: {sort_column: day, step: 2}
          - dbt_expectations.expect_column_values_to_be_decreasing
          - dbt_expectations.expect_column_values_to_be_within_n_stdevs
          - dbt_expectations.expect_column_most_common_value_to_be_in_set: {value_set: [a], top_n: 2}
          - dbt_expectations.expect_row_values_to_have_data_for_every_n_datepart: {date_col: day, date_part: hour}
          - dbt_utils.sequential_values: {datepart: day}
          - dbt_expectations.expect_table_row_count_to_equal_other_table: {compare_model: ref('b'), row_condition: id > 3}
          - accepted_values: {values: ["now()"], quote: false}
          - not_null: {config: {enabled: false}}
sources:
  - name: shop
    freshness: {error_after: {count: 1, period: month}}
    tables: [{name: a}, {name: b, freshness: 12h}]
"""


@test
def what_a_test_of_dbt_means_and_weir_cannot_say_is_refused_with_its_place(p):
    data(p)
    p.write("schema.yml", DBT_REFUSED)
    done = p.json("import", "schema.yml").expect(1)
    refused = [n["place"]["line"] for n in done.json["notes"] if n["grade"] == "refused"]
    same(refused, [4, 5, 6, 7, 8] + list(range(12, 30)) + [33, 34])
    same(done.json["summary"]["exact"], 1, "what is switched off")
    remedies = {n["place"]["line"]: n["remedy"] for n in done.json["notes"]}
    contains(remedies[12], "did you mean 'unique'?")
    contains(remedies[13], "did you mean 'severity'?")
    done = p.json("check", "--source", "orders.csv", "--suite", "schema.yml", "--suite-table", "orders").expect(3)
    same(set(verdicts(done).values()), {"error"})


DBT_FRESH = """sources:
  - name: shop
    config: {loaded_at_field: loaded_at}
    freshness: {warn_after: {count: 6, period: hour}, error_after: {count: 1, period: day}}
    tables:
      - name: orders
        description: from the shop
      - {name: other, freshness: null}
      - {name: third, freshness: {warn_after: null}}
models:
  - name: made
    columns: [{name: id, data_type: bigint, tests: [{relationships: {to: "source('shop', 'orders')", field: id}}]}]
exposures: [{name: board, depends_on: [ref('made')]}]
"""


@test
def freshness_of_a_source_of_dbt_is_that_of_the_asset(p):
    p.write("schema.yml", DBT_FRESH)
    p.weir("import", "schema.yml", "--write", "w.yaml").expect(0)
    p.write("made.csv", "id\n1\n3\n")
    p.write("orders.csv", "id,loaded_at\n1,2026-01-01T00:00:00Z\n2,2026-01-02T00:00:00Z\n")
    p.catalog("catalog: [w.yaml]\nassets:\n  made: {path: made.csv}\n  shop/orders: {path: orders.csv}\n"
              "  shop/other: {path: orders.csv, freshness: off}\n  shop/third: {path: orders.csv}\n")
    p.weir("validate").expect(0)
    same([c["outcome"] for c in p.json("check", "made").json["assets"][0]["checks"] if c["expectation"] == "relationships"], ["fail"])
    for now, status in (("2026-01-02T05:00:00Z", "pass"), ("2026-01-02T07:00:00Z", "warn"), ("2026-01-03T01:00:00Z", "fail")):
        same(p.json("fresh", "--now", now).asset("shop/orders")["freshness"]["status"], status, now)
    same([a["freshness"]["status"] for a in done_of(p, "shop/other", "shop/third")], ["none", "fail"])


def done_of(p, *keys):
    done = p.json("fresh", "--now", "2026-01-03T01:00:00Z")
    return [done.asset(k) for k in keys]


def manifest():
    def test(name, kwargs, attached, config=None, namespace=None, nodes=()):
        return {"resource_type": "test", "name": "t_" + name, "attached_node": attached, "depends_on": {"nodes": list(nodes)},
                "config": {"severity": "ERROR", "warn_if": "!= 0", "error_if": "!= 0", "fail_calc": "count(*)", "tags": [], "meta": {}, "where": None,
                           "limit": None, "enabled": True, "schema": "dbt_test__audit", **(config or {})},
                "test_metadata": {"name": name, "namespace": namespace, "kwargs": kwargs}}

    orders, customers = "model.shop.orders", "source.shop.raw.customers"
    model = "{{ get_where_subquery(ref('orders')) }}"
    return {"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json"}, "macros": {}, "disabled": {},
            "nodes": {
                orders: {"resource_type": "model", "name": "orders", "description": "all", "tags": ["nightly"], "config": {"meta": {"owner": "a@x.org"}},
                         "depends_on": {"nodes": ["model.shop.mid"]}, "columns": {"id": {"name": "id", "data_type": "bigint"}}},
                "model.shop.mid": {"resource_type": "model", "name": "mid", "config": {"materialized": "ephemeral"}, "depends_on": {"nodes": [customers]}},
                "test.1": test("not_null", {"column_name": "email", "model": model}, orders),
                "test.2": test("accepted_range", {"column_name": "amount", "min_value": -5, "model": model}, orders, {"severity": "warn"}, "dbt_utils"),
                "test.3": test("relationships", {"column_name": "id", "to": "source('raw', 'customers')", "field": "id", "model": model}, orders),
                "test.4": test("unique", {"column_name": "id", "model": "{{ get_where_subquery(source('raw', 'customers')) }}"}, None, nodes=[customers]),
                "test.5": {"resource_type": "test", "name": "singular", "depends_on": {"nodes": [orders]}},
            },
            "sources": {customers: {"resource_type": "source", "source_name": "raw", "name": "customers", "loaded_at_field": "day",
                                    "freshness": {"warn_after": {"count": None, "period": None}, "error_after": {"count": 2, "period": "day"}, "filter": None}}},
            "exposures": {"exposure.shop.board": {"name": "board", "depends_on": {"nodes": [orders]}}}}


@test
def a_manifest_of_dbt_gives_the_graph_and_its_tests(p):
    db = data(p)
    p.write("manifest.json", json.dumps(manifest()))
    done = p.json("import", "manifest.json", "--write", "w.yaml").expect(1)
    same([n["what"] for n in done.json["notes"] if n["grade"] == "refused"], ["singular"])
    p.write("c.csv", "id,day\n1,2026-01-01\n2,2026-01-02\n2,2026-01-02\n")
    p.catalog("catalog: [w.yaml]\nassets:\n  orders: {path: orders.csv}\n  raw/customers: {path: c.csv}\n")
    p.weir("validate").expect(0)
    done = p.json("check")
    got = {c["id"].split(":")[-1]: c["outcome"] for a in done.json["assets"] for c in a["checks"] if not c["implicit"]}
    low = db.execute("SELECT COUNT(*) FROM orders WHERE NOT amount >= -5").fetchone()[0]
    want = {"t_not_null": "fail", "t_accepted_range": "warn" if low else "pass", "t_relationships": "fail", "t_unique": "fail"}
    same({k: v for k, v in got.items() if k in want}, want)
    same([v for k, v in got.items() if k not in want], ["error"], "the singular test")
    with open(p.path("w.yaml"), encoding="utf-8") as f:
        config = f.read()
    for text in ("depends_on: [raw/customers]", "exposed: true", "tags: [nightly]", "owners: [\"a@x.org\"]", "error_after: {count: 2, period: day}"):
        contains(config, text)
