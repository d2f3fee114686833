"""weir import of data contracts: what ODCS says of data gives the verdicts that SQL gives, and its service levels become freshness."""
import random
import sqlite3

from project import contains, same, test

NAMES = ("id", "email", "status", "amount", "day", "code")
ROWS = 300
CUSTOMERS = ("a", "b", "c")


def rows(seed=5):
    r = random.Random(seed)
    return [(i // 2 if i % 50 == 0 else i + 1000, r.choice(["m%d@x.org" % i, "N/A", "-", None]), r.choice(["open", "paid", "lost", None]),
             r.choice([None, r.randrange(-3, 97)]), "2026-01-%02d" % (i % 28 + 1), r.choice(["x1", "yy22", "zzz333", None])) for i in range(ROWS)]


def data(p, seed=5):
    db = sqlite3.connect(p.path("t.db"))
    db.create_function("matches", 2, lambda text, pattern: text is not None and __import__("re").search(pattern, str(text)) is not None)
    db.execute("CREATE TABLE orders (id INTEGER, email TEXT, status TEXT, amount INTEGER, day TEXT, code TEXT)")
    db.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)", rows(seed))
    db.commit()
    p.write("orders.csv", ",".join(NAMES) + "\n" + "".join(",".join("" if v is None else str(v) for v in row) + "\n" for row in rows(seed)))
    return db


COUNT = "COUNT(CASE WHEN %s THEN 1 END)"
PERCENT = "100.0 * COUNT(CASE WHEN %s THEN 1 END) / COUNT(*)"
INVALID = "status IS NOT NULL AND status NOT IN ('open', 'paid')"
CODE = "code IS NOT NULL AND NOT matches(code, '^[a-z]+[0-9]{2}')"
# The column (or none), a rule, the number that it is about, and when that is good.
RULES = [
    (None, "metric: rowCount, mustBe: 300", "COUNT(*)", "{} = 300"),
    (None, "metric: rowCount, mustBeGreaterThan: 300", "COUNT(*)", "{} > 300"),
    (None, "rule: rowCount, mustBeGreaterThan: 10, mustBeLessOrEqualTo: 300", "COUNT(*)", "{} > 10 AND {} <= 300"),
    (None, "metric: rowCount, mustBeBetween: [300, 400]", "COUNT(*)", "{} > 300 AND {} < 400"),
    (None, "metric: rowCount, mustBeBetween: [299, 301]", "COUNT(*)", "{} > 299 AND {} < 301"),
    (None, "metric: rowCount, mustNotBeBetween: [200, 300]", "COUNT(*)", "{} < 200 OR {} > 300"),
    (None, "metric: rowCount, mustNotBe: 300", "COUNT(*)", "{} <> 300"),
    ("email", "metric: nullValues, mustBe: 0", COUNT % "email IS NULL", "{} = 0"),
    ("day", "metric: nullValues, mustBe: 0", COUNT % "day IS NULL", "{} = 0"),
    ("email", "rule: nullCheck", COUNT % "email IS NULL", "{} = 0"),
    ("email", "metric: nullValues, mustBeLessThan: 100", COUNT % "email IS NULL", "{} < 100"),
    ("email", "metric: nullValues, mustBeGreaterThan: 100", COUNT % "email IS NULL", "{} > 100"),
    ("email", "metric: nullValues, mustBeLessThan: 20, unit: percent", PERCENT % "email IS NULL", "{} < 20"),
    ("email", "metric: nullValues, mustBeLessOrEqualTo: 40, unit: percent", PERCENT % "email IS NULL", "{} <= 40"),
    ("email", "metric: missingValues, arguments: {missingValues: [null, N/A, '-']}, mustBeLessThan: 200",
     COUNT % "email IS NULL OR email IN ('N/A', '-')", "{} < 200"),
    ("email", "metric: missingValues, arguments: {missingValues: [null, N/A, '-']}, mustBeLessThan: 80, unit: percent",
     PERCENT % "email IS NULL OR email IN ('N/A', '-')", "{} < 80"),
    ("status", "metric: invalidValues, arguments: {validValues: [open, paid]}, mustBe: 0", COUNT % INVALID, "{} = 0"),
    ("status", "metric: invalidValues, arguments: {validValues: [open, paid, lost]}, mustBe: 0", COUNT % "0", "{} = 0"),
    ("status", "rule: validValues, validValues: [open, paid]", COUNT % INVALID, "{} = 0"),
    ("status", "metric: invalidValues, arguments: {validValues: [open, paid]}, mustBeLessThan: 100", COUNT % INVALID, "{} < 100"),
    ("status", "metric: invalidValues, arguments: {validValues: [open, paid]}, mustBeLessThan: 20, unit: percent", PERCENT % INVALID, "{} < 20"),
    ("status", "metric: invalidValues, arguments: {validValues: [open, paid]}, mustBeLessThan: 30, unit: percent", PERCENT % INVALID, "{} < 30"),
    ("status", "metric: invalidValues, arguments: {validValues: [null, open, paid]}, mustBeLessThan: 21, unit: percent", PERCENT % INVALID, "{} < 21"),
    ("status", "metric: invalidValues, arguments: {validValues: [null, open]}, mustBeLessThan: 50", COUNT % "status <> 'open'", "{} < 50"),
    ("code", "metric: invalidValues, arguments: {pattern: '^[a-z]+[0-9]{2}'}, mustBe: 0", COUNT % CODE, "{} = 0"),
    ("code", "metric: invalidValues, arguments: {pattern: '[0-9]$'}, mustBe: 0", COUNT % "code IS NOT NULL AND NOT matches(code, '[0-9]$')", "{} = 0"),
    ("code", "metric: invalidValues, arguments: {pattern: '[0-9]{2}$', validValues: [x1, yy22]}, mustBeLessThan: 160",
     COUNT % "code IS NOT NULL AND NOT (matches(code, '[0-9]{2}$') AND code IN ('x1', 'yy22'))", "{} < 160"),
    ("id", "metric: duplicateValues, mustBe: 0", "COUNT(id) - COUNT(DISTINCT id)", "{} = 0"),
    ("code", "rule: duplicateCount, mustBe: 0", "COUNT(code) - COUNT(DISTINCT code)", "{} = 0"),
    (None, "metric: duplicateValues, arguments: {properties: [status, code]}, mustBe: 0",
     "(SELECT COUNT(*) FROM (SELECT 1 FROM orders WHERE status IS NOT NULL AND code IS NOT NULL GROUP BY status, code HAVING COUNT(*) > 1))", "{} = 0"),
    (None, "type: custom, engine: soda, implementation: [missing_count(email) < 20]", COUNT % "email IS NULL", "{} < 20"),
    (None, "type: custom, engine: soda, implementation: {type: row_count, must_be_greater_than: 30}", "COUNT(*)", "{} > 30"),
    ("id", "type: custom, engine: soda, implementation: {type: no_duplicate_values}", "COUNT(id) - COUNT(DISTINCT id)", "{} = 0"),
    ("email", "type: custom, engine: soda, implementation: {missing: {threshold: {must_be_less_than: 500}}}", COUNT % "email IS NULL", "{} < 500"),
    (None, "type: custom, engine: great-expectations, implementation: {type: expect_table_row_count_to_be_between, kwargs: {minValue: 1, maxValue: 20}}",
     "COUNT(*)", "{} BETWEEN 1 AND 20"),
    ("amount", "type: custom, engine: greatExpectations, implementation: {expectation_type: expect_column_max_to_be_between, kwargs: {max_value: 96}}",
     "MAX(amount)", "{} <= 96"),
    ("status", "type: custom, engine: dbt, implementation: {accepted_values: {values: [open, paid, lost]}}", COUNT % "0", "{} = 0"),
    ("email", "type: custom, engine: dbt, implementation: not_null", COUNT % "email IS NULL", "{} = 0"),
    ("email", "metric: nullValues, mustBe: 0, severity: warning", COUNT % "email IS NULL", "{} = 0 WARN"),
]
HEAD = "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\n"


def contract(rules=None, sla="", columns=NAMES, options=None):
    """A contract of orders with rules, each called by its number; options: of columns, in YAML's braces."""
    out = [HEAD + "schema:\n  - name: orders\n    properties:"]
    rules = RULES if rules is None else rules
    for column in columns:
        out += ["      - name: %s" % column, *("        %s" % o for o in (options or {}).get(column, ()))]
        mine = ["          - {name: c%d, %s}" % (i, rule[1]) for i, rule in enumerate(rules) if rule[0] == column]
        out += ["        quality:", *mine] if mine else []
    mine = ["      - {name: c%d, %s}" % (i, rule[1]) for i, rule in enumerate(rules) if rule[0] is None]
    out += ["    quality:", *mine] if mine else []
    return "\n".join(out) + "\n" + sla


def sql_says(db, rules):
    out = {}
    for i, (_, _, number, good) in enumerate(rules):
        n = db.execute("SELECT %s FROM orders" % number).fetchone()[0]
        holds = db.execute("SELECT " + good.replace("WARN", "").replace("{}", repr(n))).fetchone()[0]
        out["c%d" % i] = "pass" if holds else "warn" if good.endswith("WARN") else "fail"
    return out


def verdicts(done):
    return {c["id"].split(":")[-1]: c["outcome"] for c in done.json["assets"][0]["checks"]
            if c["id"].split(":")[-1][:1] == "c" and c["id"].split(":")[-1][1:].isdigit()}


@test
def the_rules_of_a_contract_give_the_verdicts_of_sql(p):
    db = data(p)
    p.write("contract.yaml", contract())
    want = sql_says(db, RULES)
    same(sorted(set(want.values())), ["fail", "pass", "warn"])
    report = p.json("import", "contract.yaml").json
    same(report["summary"]["refused"], 0)
    again = [n["what"] for n in report["notes"] if "stands there already" in n.get("why", "")]
    same(len(again), 5)
    want = {k: v for k, v in want.items() if not any(k + "," in text for text in again)}
    for source in (["orders.csv"], ["t.db", "--table", "orders"]):
        same(verdicts(p.json("check", "--source", *source, "--suite", "contract.yaml")), want, source[0])


@test
def a_contract_is_a_suite_an_overlay_and_a_catalog(p):
    data(p)
    p.write("contract.yaml", contract())
    want = verdicts(p.json("check", "--source", "orders.csv", "--suite", "contract.yaml"))
    same(len(want), len(RULES) - 5)
    p.catalog("assets:\n  raw/orders: {path: orders.csv, suites: [contract.yaml]}\n")
    same(verdicts(p.json("check")), want)
    p.catalog("catalog: [{import: odcs, from: contract.yaml}]\nassets:\n  raw/orders: {path: orders.csv}\n")
    same(verdicts(p.json("check")), want)
    p.weir("import", "contract.yaml", "--write", "w.yaml").expect(0)
    p.catalog("catalog: [w.yaml]\nassets:\n  orders: {path: orders.csv}\n")
    p.weir("validate").expect(0)
    same(verdicts(p.json("check")), want)


# A column, its options, and the condition of a row that breaks them.
OPTIONS = [
    ("id", "required: true", "id IS NULL"),
    ("email", "required: true", "email IS NULL"),
    ("id", "unique: true", "id IN (SELECT id FROM orders GROUP BY id HAVING COUNT(*) > 1)"),
    ("amount", "logicalTypeOptions: {minimum: 0}", "amount < 0"),
    ("amount", "logicalTypeOptions: {minimum: -3, maximum: 96}", "amount < -3 OR amount > 96"),
    ("amount", "logicalTypeOptions: {exclusiveMinimum: -3}", "amount <= -3"),
    ("amount", "logicalTypeOptions: {minimum: -3, exclusiveMinimum: true}", "amount <= -3"),
    ("amount", "logicalTypeOptions: {exclusiveMaximum: 97}", "amount >= 97"),
    ("code", "logicalTypeOptions: {minLength: 3}", "length(code) < 3"),
    ("code", "logicalTypeOptions: {minLength: 2, maxLength: 6}", "length(code) NOT BETWEEN 2 AND 6"),
    ("code", "logicalTypeOptions: {pattern: '[0-9]$'}", "NOT matches(code, '[0-9]$')"),
    ("code", "logicalTypeOptions: {pattern: '^x'}", "NOT matches(code, '^x')"),
    ("status", "enum: [{value: open}, {value: paid, label: Paid}]", "status NOT IN ('open', 'paid')"),
    ("status", "logicalTypeOptions: {enum: [open, paid, lost]}", "status NOT IN ('open', 'paid', 'lost')"),
    ("day", "logicalTypeOptions: {minimum: '2026-01-01', maximum: '2026-01-27'}", "day > '2026-01-27'"),
    ("amount", "logicalTypeOptions: {multipleOf: 2}", "amount % 2 <> 0"),
    ("amount", "logicalTypeOptions: {multipleOf: 0.5}", "amount * 10 % 5 <> 0"),
    ("id", "logicalTypeOptions: {multipleOf: 3}", "id % 3 <> 0"),
    ("id", "logicalTypeOptions: {format: u8}", "id NOT BETWEEN 0 AND 255"),
]
TYPES = {"id": "integer", "email": "string", "status": "string", "amount": "number", "day": "date", "code": "string"}


@test
def what_a_column_must_be_is_checked_row_by_row(p):
    db = data(p)
    for column, option, bad in OPTIONS:
        options = {c: ["logicalType: " + t] for c, t in TYPES.items()}
        options[column].append(option)
        p.write("contract.yaml", contract([], options=options))
        n = db.execute("SELECT COUNT(*) FROM orders WHERE %s IS %s AND (%s)" % (column, "NULL" if "required" in option else "NOT NULL", bad)).fetchone()[0]
        for source in (["orders.csv"], ["t.db", "--table", "orders"]):
            if source[0] == "t.db" and column == "day":
                continue  # texts in SQLite
            done = p.json("check", "--source", *source, "--suite", "contract.yaml")
            mine = [c for c in done.json["assets"][0]["checks"] if not c["implicit"] and c["expectation"] != "expect_table_schema_to_match"]
            same([(c["outcome"], c["result"].get("unexpected_count")) for c in mine], [("fail" if n else "pass", n)], "%s %s" % (option, source[0]))


@test
def columns_must_be_there_and_of_their_types(p):
    data(p)
    options = {c: ["logicalType: " + t] for c, t in TYPES.items()}
    p.write("contract.yaml", contract([], options=options))
    p.weir("check", "--source", "orders.csv", "--suite", "contract.yaml").expect(0)
    p.write("contract.yaml", contract([], columns=NAMES + ("gone",), options=options))
    p.weir("check", "--source", "orders.csv", "--suite", "contract.yaml").expect(1, "column 'gone' is missing")
    options["email"] = ["logicalType: integer"]
    p.write("contract.yaml", contract([], options=options))
    done = p.json("check", "--source", "orders.csv", "--suite", "contract.yaml").expect(1)
    same([c["id"] for c in done.json["assets"][0]["checks"] if c["outcome"] == "fail"], ["type:email"])
    p.catalog("assets:\n  orders: {path: orders.csv, suites: [contract.yaml]}\n")
    same([c["id"] for c in p.json("check").json["assets"][0]["checks"] if c["outcome"] == "fail"], ["orders:type:email"])
    p.catalog("assets:\n  orders: {path: orders.csv, suites: [contract.yaml], columns: {email: string}}\n")
    done = p.weir("check").expect(0)
    contains(done.err, "the column 'email' is integer here and string in the catalog, which counts")


@test
def the_ends_of_between_are_as_the_user_says(p):
    for operator, said, became in (
        ("mustBeBetween", None, "row_count: {min: 1, strict_min: true, max: 9, strict_max: true}"),
        ("mustBeBetween", "inclusive", "row_count: {min: 1, max: 9}"),
        ("mustBeBetween", "exclusive", "row_count: {min: 1, strict_min: true, max: 9, strict_max: true}"),
        ("mustNotBeBetween", None, "row_count: {}, fail: between 1 and 9"),
        ("mustNotBeBetween", "inclusive", "row_count: {}, fail: between 1 and 9"),
        ("mustNotBeBetween", "exclusive", 'row_count: {}, fail: "between (1 and 9)"'),
    ):
        p.write("c.yaml", HEAD + "schema: [{name: t, quality: [{metric: rowCount, %s: [1, 9]}]}]\n" % operator)
        n = p.json("import", "c.yaml", *(["--var", "between=" + said] if said else [])).json["notes"][0]
        same((n["grade"], n["became"]), ("exact" if said else "ambiguous", became), operator)


REFUSED = [
    ("metric: rowCuont, mustBe: 3", "there is no metric 'rowCuont'", "did you mean 'rowCount'?"),
    ("metric: rowCount", "does not say what its number must be", "mustBe"),
    ("metric: rowCount, mustBe: many", "'many' is no number", ""),
    ("metric: rowCount, mustBe: 3, mustNotBe: 4", "it says twice", ""),
    ("metric: rowCount, mustBeBetween: [9, 1]", "9 is above 1", ""),
    ("metric: rowCount, mustBeBetween: [9]", "takes two numbers", ""),
    ("metric: rowCount, mustBe: 3, unit: percent", "percentage", ""),
    ("metric: rowCount, mustBe: 3, unit: dozens", "'dozens' is no unit", ""),
    ("metric: rowCount, mustBe: 3, descripton: x", "'descripton' is not known", "did you mean 'description'?"),
    ("metric: nullValues, mustBe: 0", "a rule of a column", "under the property"),
    ("metric: duplicateValues, mustBe: 0", "does not name the columns", "properties"),
    ("metric: duplicateValues, arguments: {properties: [a, b]}, mustBeGreaterThan: 3", "how duplicates are counted", ""),
    ("type: sql, mustBe: 0", "it has no query", ""),
    ("metric: invalidValues, arguments: {validValues: [[a]]}, mustBe: 0", "a rule of a column", ""),
    ("type: sql, query: 'SELECT {column} FROM {table}', mustBe: 0", "stands at no column", "under the property"),
    ("type: sql, query: 'SELECT count(*) FROM {schema}.t', mustBe: 0", "no placeholder", ""),
    ("type: sqll, query: SELECT 1, mustBe: 0", "there is no type 'sqll'", ""),
    ("type: custom, engine: montecarlo, implementation: x", "weir reads no checks of 'montecarlo'", ""),
    ("type: custom, engine: soda", "it has no `implementation`", ""),
    ("type: custom, engine: soda, implementation: {type: no_such_metric, column: a, must_be: 3}", "no_such_metric", ""),
    ("type: custom, engine: dbt, implementation: {not_nul: {}}", "not_nul", ""),
]


@test
def rules_that_cannot_be_read_are_refused_and_are_errors(p):
    data(p)
    for rule, why, remedy in REFUSED:
        p.write("c.yaml", HEAD + "schema:\n  - name: orders\n    quality:\n      - {%s}\n" % rule)
        done = p.json("import", "c.yaml").expect(1)
        same([(n["grade"], n["place"]["line"], n["place"]["column"]) for n in done.json["notes"]], [("refused", 9, 9)], rule)
        contains(done.json["notes"][0]["why"], why)
        contains(done.json["notes"][0].get("remedy", ""), remedy)
        done = p.json("check", "--source", "orders.csv", "--suite", "c.yaml").expect(3)
        same([c["expectation"] for c in done.json["assets"][0]["checks"] if c["outcome"] == "error"], ["unsupported"], rule)


@test
def other_mistakes_of_a_contract_are_refused_in_their_places(p):
    for text, line, why in (
        ("schema:\n  - name: t\n    properties:\n      - {name: a, logicalType: strng}\n", 9, "did you mean 'string'?"),
        ("schema:\n  - name: t\n    properties:\n      - {name: a, requird: true}\n", 9, "did you mean 'required'?"),
        ("schema:\n  - name: t\n    properties:\n      - {name: a, required: perhaps}\n", 9, "neither true nor false"),
        ("schema:\n  - name: t\n    properties:\n      - {name: a, logicalType: string, logicalTypeOptions: {minLenght: 3}}\n", 9, "did you mean 'minLength'?"),
        ("schema:\n  - name: t\n    properties:\n      - {logicalType: string}\n", 9, "the column has no name"),
        ("schema:\n  - name: t\n    relationships:\n      - {to: u.a}\n", 9, "it has no `from`"),
        ("schema:\n  - name: t\n    relationships:\n      - {from: [t.a, t.b], to: [u.a, v.b]}\n", 9, "has no column"),
        ("schema:\n  - {physicalName: t}\n", 7, "the table has no name"),
        ("shema:\n  - name: t\n", 6, "did you mean 'schema'?"),
        ("slaProperties:\n  - {property: latencyy, value: 1, unit: d}\n", 7, "did you mean 'latency'?"),
        ("schema: [{name: t}]\nslaProperties:\n  - {property: latency, value: 1, unit: fortnight}\n", 8, "'fortnight' is no unit"),
        ("schema: [{name: t}]\nslaProperties:\n  - {property: latency, value: 1, unit: d, element: u.x}\n", 8, "no table 'u'"),
    ):
        p.write("c.yaml", HEAD + text)
        notes = [n for n in p.json("import", "c.yaml").expect(1).json["notes"] if n["grade"] == "refused"]
        same([n["place"]["line"] for n in notes], [line], text)
        contains(notes[0]["why"] + notes[0].get("remedy", ""), why)
        p.write("t.csv", "a\n1\n")
        p.weir("check", "--source", "t.csv", "--suite", "c.yaml").expect(3)


@test
def a_relationship_looks_values_up_in_another_asset(p):
    p.write("orders.csv", "id,who\n1,a\n2,b\n3,x\n4,\n")
    p.write("people.csv", "key,name\na,A\nb,B\n")
    people = "  - name: people\n    id: people_tbl\n    properties: [{name: person, id: person_id, physicalName: key}, {name: name}]\n"
    for to, at in (("people.person", "property"), ("schema/people_tbl/properties/person_id", "property"), ("people.person", "table")):
        own = "    relationships: [{from: orders.who, to: %s}]\n" % to if at == "table" else ""
        below = "" if own else ", relationships: [{to: %s}]" % to
        p.write("c.yaml", HEAD + "schema:\n  - name: orders\n    properties: [{name: id}, {name: who%s}]\n%s%s" % (below, own, people))
        p.catalog("catalog: [{import: odcs, from: c.yaml}]\nassets:\n  raw/orders: {path: orders.csv}\n  raw/people: {path: people.csv}\n")
        done = p.json("check", "raw/orders").expect(1)
        same([(c["outcome"], c["result"].get("unexpected_count")) for c in done.json["assets"][0]["checks"] if c["expectation"] == "relationships"], [("fail", 1)], to)


# Service levels, and what the freshness of the asset becomes.
LEVELS = [
    ("{property: latency, value: 4, unit: h, element: orders.at}", {"freshness": {"max_age": "4h"}, "updated": {"from": "column", "column": "at"}}),
    ("{property: ly, value: PT36H, element: at}", {"freshness": {"max_age": "36h"}, "updated": {"from": "column", "column": "at"}}),
    ("{property: freshness, value: 90, unit: min, element: orders.at}", {"freshness": {"max_age": "90m"}, "updated": {"from": "column", "column": "at"}}),
    ("{property: latency, value: 1.5, unit: h, element: orders.at}", {"freshness": {"max_age": "90m"}, "updated": {"from": "column", "column": "at"}}),
    ("{property: latency, value: 2, unit: d, element: orders}", {"freshness": {"max_age": "2d"}}),
    ("{property: frequency, value: 1, unit: d, element: orders}", {"freshness": {"max_age": "1d"}}),
    ("{property: timeOfAvailability, value: '09:00-08:00', element: orders}", {"freshness": {"cron": "0 17 * * *", "timezone": "UTC"}}),
    ("{property: timeOfAvailability, value: '06:30', element: orders}", {"freshness": {"cron": "30 6 * * *"}}),
    ("{property: timeOfAvailability, value: '01:00+02:00', element: orders}", {"freshness": {"cron": "0 23 * * *", "timezone": "UTC"}}),
    ("{property: timeOfAvailability, value: '09:00Z', element: orders}\n  - {property: timeOfAvailability, value: '08:00Z', element: orders}\n"
     "  - {property: frequency, value: 1, unit: d, element: orders}", {"freshness": {"cron": "0 8 * * *", "timezone": "UTC"}}),
    ("{property: generalAvailability, value: '2022-05-12T09:30:10-08:00'}", {}),
    ("{property: availability, value: 99.9, unit: percent}", {}),
]


@test
def service_levels_become_the_freshness_of_the_asset(p):
    for level, want in LEVELS:
        p.write("c.yaml", HEAD + "schema: [{name: orders, properties: [{name: id}, {name: at, logicalType: timestamp}]}]\nslaProperties:\n  - %s\n" % level)
        p.weir("import", "c.yaml", "--write", "w.yaml", "--force")
        with open(p.path("w.yaml"), encoding="utf-8") as f:
            text = f.read()
        got = {}
        for line in text.splitlines():
            key, _, value = line.strip().partition(": {")
            if key in ("freshness", "updated"):
                got[key] = dict(part.split(": ", 1) for part in value.rstrip("}").replace('"', "").split(", "))
        same(got, want, level)


SLA = "slaProperties: [{property: latency, value: 6, unit: h, element: orders.at}]\n"


@test
def the_freshness_of_a_suite_is_the_assets_where_it_has_none(p):
    p.write("orders.csv", "id,at\n1,2024-05-10T02:00:00\n2,2024-05-10T07:00:00\n", at=3600)
    p.write("c.yaml", HEAD + "schema: [{name: orders, properties: [{name: id}, {name: at, logicalType: timestamp}]}]\n" + SLA)
    p.catalog("assets:\n  orders: {path: orders.csv, suites: [c.yaml]}\n")
    done = p.weir("config", "show", "orders").expect(0)
    contains(done.out, "max_age: 6h", "column: at")
    now = p.json("audit", "orders")
    same(now.asset("orders")["freshness"]["status"], "pass")
    later = p.json("audit", "orders", now="2024-05-10T13:30:00Z")
    same(later.asset("orders")["freshness"]["status"], "fail")
    p.catalog("assets:\n  orders: {path: orders.csv, suites: [c.yaml], freshness: {max_age: 2d}}\n")
    done = p.weir("audit", "orders", now="2024-05-10T13:30:00Z").expect(0)
    contains(done.err, "c.yaml:7:", "the freshness that 'orders' has already counts")
    p.catalog("assets:\n  orders: {path: orders.csv, suites: [c.yaml], freshness: off}\n")
    same(p.weir("audit", "orders").expect(0).err, "")
    p.weir("import", "c.yaml", "--write", "w.yaml").expect(0)
    p.catalog("catalog: [w.yaml]\nassets:\n  orders: {path: orders.csv}\n")
    same(p.json("audit", "orders", now="2024-05-10T13:30:00Z").asset("orders")["freshness"]["status"], "fail")


@test
def on_a_bare_source_a_service_level_is_a_check_of_its_column(p):
    p.write("orders.csv", "id,at\n1,2024-05-10T02:00:00\n2,2024-05-10T07:00:00\n")
    p.write("c.yaml", HEAD + "schema: [{name: orders, properties: [{name: id}, {name: at, logicalType: timestamp}]}]\n" + SLA)
    p.weir("check", "--source", "orders.csv", "--suite", "c.yaml").expect(0)
    done = p.json("check", "--source", "orders.csv", "--suite", "c.yaml", now="2024-05-10T13:30:00Z").expect(1)
    same([c["id"] for c in done.json["assets"][0]["checks"] if c["outcome"] == "fail"], ["recent:at"])
    p.write("c.yaml", HEAD + "schema: [{name: orders, properties: [{name: id}]}]\nslaProperties: [{property: frequency, value: 1, unit: d}]\n")
    done = p.weir("check", "--source", "orders.csv", "--suite", "c.yaml").expect(0)
    contains(done.err, "how fresh the data must be is not checked on a bare source")


@test
def a_policy_of_a_source_of_dbt_is_taken_from_a_suite_too(p):
    p.write("orders.csv", "id,at\n1,2024-05-10T07:00:00\n")
    p.write("schema.yml", "sources:\n  - name: shop\n    tables:\n      - name: orders\n        loaded_at_field: at\n"
            "        freshness: {warn_after: {count: 2, period: hour}, error_after: {count: 6, period: hour}}\n        columns: [{name: id, tests: [not_null]}]\n")
    p.catalog("assets:\n  shop/orders: {path: orders.csv, suites: [schema.yml], columns: {at: timestamp}}\n")
    same(p.json("audit").asset("shop/orders")["freshness"]["status"], "warn")
    same(p.json("audit", now="2024-05-10T13:30:00Z").asset("shop/orders")["freshness"]["status"], "fail")
    for now, outcome in (("2024-05-10T08:00:00Z", "pass"), ("2024-05-10T12:00:00Z", "warn"), ("2024-05-10T13:30:00Z", "fail")):
        done = p.json("check", "--source", "orders.csv", "--suite", "schema.yml", now=now)
        same([c["outcome"] for c in done.json["assets"][0]["checks"] if c["id"] == "recent:at"], [outcome], now)


@test
def what_lies_within_an_object_is_held_against_its_properties(p):
    p.write("c.yaml", HEAD + """schema:
  - name: t
    properties:
      - name: id
        logicalType: integer
      - name: address
        logicalType: object
        properties:
          - {name: city, logicalType: string, required: true, logicalTypeOptions: {minLength: 2}}
          - {name: zip, logicalType: string, logicalTypeOptions: {pattern: '^[0-9]{5}$'}}
          - {name: lines, logicalType: array, items: {logicalType: string, required: true}}
""")
    good = ['{"city": "Ulm"}', '{"city": "Ulm", "zip": null}', '{"city": "Ulm", "zip": "89073", "lines": ["a"]}']
    bad = ['{}', '{"city": null}', '{"city": "U"}', '{"city": "Ulm", "zip": "8907"}', '{"city": "Ulm", "lines": [1]}', '{"city": "Ulm", "lines": "a"}']
    p.write("t.jsonl", "".join('{"id": %d, "address": %s}\n' % (i, v) for i, v in enumerate(good + bad)))
    done = p.json("check", "--source", "t.jsonl", "--suite", "c.yaml").expect(1)
    mine = [c for c in done.json["assets"][0]["checks"] if c["expectation"] == "expect_column_values_to_match_json_schema"]
    same([(c["outcome"], c["result"].get("unexpected_count")) for c in mine], [("fail", len(bad))])


OLDER = """dataContractSpecification: 1.1.0
id: orders
info: {title: Orders, version: 1.0.0, owner: shop-data}
models:
  orders:
    fields:
      id: {type: integer, required: true, unique: true}
      email: {$ref: '#/definitions/mail'}
      status: {type: text, enum: [open, paid]}
      amount: {type: number, minimum: 0}
      code: {type: string, minLength: 2, required: true}
    quality:
      - {type: custom, engine: soda, name: c0, implementation: {type: row_count, must_be_greater_than: 300}}
      - {type: library, metric: rowCount, name: c1, mustBeBetween: [300, 400]}
definitions:
  mail: {type: text, pattern: '@', description: Where to write.}
servicelevels:
  freshness: {threshold: 25h, timestampField: orders.day}
"""


@test
def a_contract_of_the_older_specification_says_the_same(p):
    db = data(p)
    p.write("datacontract.yaml", OLDER.replace("      code:", "      day: {type: date}\n      code:"))
    done = p.json("check", "--source", "orders.csv", "--suite", "datacontract.yaml", now="2026-01-29T00:00:00Z").expect(1)
    got = {c["id"]: (c["outcome"], c["result"].get("unexpected_count")) for c in done.json["assets"][0]["checks"] if not c["implicit"]}

    def bad(condition):
        n = db.execute("SELECT COUNT(*) FROM orders WHERE " + condition).fetchone()[0]
        return ("fail" if n else "pass", n)

    want = {"not_null:id": bad("id IS NULL"), "unique:id": bad("id IN (SELECT id FROM orders GROUP BY id HAVING COUNT(*) > 1)"),
            "match_regex:email": bad("email IS NOT NULL AND NOT matches(email, '@')"), "in_set:status": bad(INVALID), "between:amount": bad("amount < 0"),
            "length_between:code": bad("length(code) < 2"), "not_null:code": bad("code IS NULL")}
    same({k: got.get(k) for k in want}, want)
    same([got[k][0] for k in ("c0", "c1", "recent:day", "schema")], ["fail", "pass", "pass", "pass"])


OLD = """dataContractSpecification: 0.9.3
id: orders
info: {title: Orders, version: 1.0.0}
models:
  t:
    fields:
      id: {type: integer, primary: true}
      at: {type: timestamp_ntz}
  u:
    fields: {id: {type: integer}}
quality:
  type: SodaCL
  specification:
    checks for t:
      - row_count >= 3
    checks for gone:
      - row_count > 0
"""


@test
def checks_of_all_tables_of_an_old_contract_find_their_tables(p):
    p.write("old.yaml", OLD)
    done = p.json("import", "old.yaml").expect(1)
    notes = {(n["place"]["line"], n["grade"]): (n["asset"], n["became"], n["why"]) for n in done.json["notes"]}
    same(notes[(14, "exact")], ("t", "row_count: {min: 3}", ""))
    contains(notes[(16, "refused")][2], "no table of the contract")
    p.write("t.csv", "id,at\n1,2024-01-01T00:00:00\n1,\n")
    p.write("old.yaml", OLD.replace("    checks for gone:\n      - row_count > 0\n", ""))
    p.catalog("assets:\n  t: {path: t.csv, suites: [old.yaml]}\n")
    outcomes = {c["expectation"]: c["outcome"] for c in p.json("check", "t").json["assets"][0]["checks"] if not c["implicit"]}
    same((outcomes["expect_table_row_count_to_be_between"], outcomes["expect_column_values_to_be_unique"]), ("fail", "fail"))
    p.write("old.yaml", OLD.replace("type: SodaCL", "type: great-expectations"))
    contains(" ".join(n["why"] or "" for n in p.json("import", "old.yaml").expect(1).json["notes"]), "in the words of SodaCL only")
