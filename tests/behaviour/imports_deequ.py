"""weir import: checks of Deequ and rules of DQDL give the verdicts that Deequ's own computation gives.

What Deequ computes is written down here a second time, as SQL over SQLite: a share is of all rows that the filter leaves, a row whose
condition is null complies with nothing, and of no rows and no values there is no number.
"""
import json
import math
import random
import re
import sqlite3

from project import contains, same, test

NAMES = ("id", "email", "phone", "status", "amount", "sku", "day", "rate", "lo", "hi")
ROWS = 300


def rows(seed=5):
    r = random.Random(seed)
    out = []
    for i in range(ROWS):
        lo = r.randrange(0, 50)
        out.append((5 if i % 50 == 1 else i + 1000, r.choice(["a%d@x.org" % i, "N/A", None, "b@y.com"]),
                    r.choice([None, "555-%04d" % r.randrange(4000)]), r.choice(["open", "paid", "lost", None]),
                    r.choice([None, r.randrange(-5, 95), 0]), r.choice(["ABC%d" % i, "abc", None, "XY", "ABC"]), "2026-01-%02d" % (i % 28 + 1),
                    r.choice([0.25, 0.5, None, 1.5, 2.25]), lo, r.choice([lo + r.randrange(1, 9), None])))
    return out


def data(p, seed=5):
    db = sqlite3.connect(p.path("t.db"))
    db.create_function("found", 2, lambda text, pattern: None if text is None else
                       int((lambda m: m is not None and m.group(0) != "")(re.search(pattern, text))))
    db.execute("CREATE TABLE orders (id INTEGER, email TEXT, phone TEXT, status TEXT, amount INTEGER, sku TEXT, day TEXT, rate REAL, lo INTEGER, hi INTEGER)")
    db.executemany("INSERT INTO orders VALUES (%s)" % ", ".join("?" * len(NAMES)), rows(seed))
    db.commit()
    p.write("orders.csv", ",".join(NAMES) + "\n" + "".join(",".join("" if v is None else str(v) for v in row) + "\n" for row in rows(seed)))
    return db


# The numbers of Deequ's analyzers.
def one(db, query):
    return db.execute(query).fetchone()[0]


def column(db, name, where=None):
    return [v for v, in db.execute("SELECT %s FROM orders WHERE %s IS NOT NULL AND (%s)" % (name, name, where or "1"))]


def share(condition, where="1"):
    return lambda db: one(db, "SELECT 1.0 * SUM(CASE WHEN %s THEN 1 ELSE 0 END) / COUNT(*) FROM orders WHERE %s" % (condition, where))


def unique(*names):
    group = "SELECT COUNT(*) AS n FROM orders WHERE %s GROUP BY %s" % (" OR ".join(n + " IS NOT NULL" for n in names), ", ".join(names))
    return lambda db: one(db, "SELECT 1.0 * SUM(n = 1) / SUM(n) FROM (%s)" % group)


def distinct(name):
    return lambda db: one(db, "SELECT 1.0 * COUNT(DISTINCT %s) / COUNT(%s) FROM orders" % (name, name))


def moment(name, k):
    """The k-th central moment of the population."""
    def compute(db):
        v = column(db, name)
        mean = math.fsum(v) / len(v)
        return math.fsum((x - mean) ** k for x in v) / len(v)
    return compute


def entropy(name):
    def compute(db):
        v = column(db, name)
        return -math.fsum(v.count(x) / len(v) * math.log(v.count(x) / len(v)) for x in sorted(set(v)))
    return compute


def correlation(a, b):
    def compute(db):
        pairs = db.execute("SELECT %s, %s FROM orders WHERE %s IS NOT NULL AND %s IS NOT NULL" % (a, b, a, b)).fetchall()
        mx, my = (math.fsum(p[i] for p in pairs) / len(pairs) for i in (0, 1))
        xy, xx, yy = (math.fsum(f(x - mx, y - my) for x, y in pairs) for f in (lambda x, y: x * y, lambda x, y: x * x, lambda x, y: y * y))
        return xy / math.sqrt(xx * yy)
    return compute


def number(query):
    return lambda db: one(db, "SELECT %s FROM orders" % query)


def once(name):
    return lambda db: one(db, "SELECT 1.0 * SUM(n = 1) / COUNT(*) FROM (SELECT COUNT(*) AS n FROM orders WHERE %s IS NOT NULL GROUP BY %s)" % (name, name))


def mutual(a, b):
    def compute(db):
        pairs = db.execute("SELECT %s, %s FROM orders" % (a, b)).fetchall()
        n, x, y = len(pairs), [p[0] for p in pairs], [p[1] for p in pairs]
        return math.fsum(pairs.count(p) / n * math.log(pairs.count(p) * n / (x.count(p[0]) * y.count(p[1]))) for p in sorted(set(pairs)))
    return compute


WITH_NULL = number("COUNT(DISTINCT status) + MAX(status IS NULL)")


IS_STATUS = "status IS NULL OR status IN ('open', 'paid')"
# A constraint in Scala, the same in Python where it differs, the number that it is about, and when that is fine.
CONSTRAINTS = [
    ('hasSize(_ >= 300)', 'hasSize(lambda x: x >= 300)', number("COUNT(*)"), lambda x: x >= 300),
    ('hasSize { n => n > 300 && n < 900 }', 'hasSize(lambda n: 300 < n < 900)', number("COUNT(*)"), lambda x: 300 < x < 900),
    ('hasSize(x => x < 10 || x > 200)', 'hasSize(lambda x: x < 10 or x > 200)', number("COUNT(*)"), lambda x: x < 10 or x > 200),
    ('hasSize(_ == 300)', None, number("COUNT(*)"), lambda x: x == 300),
    ('hasSize(_ != 300)', None, number("COUNT(*)"), lambda x: x != 300),
    ('isComplete("id")', 'isComplete("id")', share("id IS NOT NULL"), lambda x: x == 1),
    ('isComplete("phone", Some("call them"))', 'isComplete("phone", hint="call them")', share("phone IS NOT NULL"), lambda x: x == 1),
    ('hasCompleteness("phone", _ >= 0.4)', 'hasCompleteness("phone", lambda x: x >= 0.4)', share("phone IS NOT NULL"), lambda x: x >= 0.4),
    ('hasCompleteness("phone", _ >= 0.7)', 'hasCompleteness("phone", lambda x: x >= 0.7)', share("phone IS NOT NULL"), lambda x: x >= 0.7),
    ('hasCompleteness("phone", x => x > 0.3 && x < 0.6)', None, share("phone IS NOT NULL"), lambda x: 0.3 < x < 0.6),
    ('areComplete(Seq("id", "phone"))', 'areComplete(["id", "phone"])', share("id IS NOT NULL AND phone IS NOT NULL"), lambda x: x == 1),
    ('haveCompleteness(Seq("email", "phone"), _ >= 0.3)', 'haveCompleteness(["email", "phone"], lambda x: x >= 0.3)',
     share("email IS NOT NULL AND phone IS NOT NULL"), lambda x: x >= 0.3),
    ('haveAnyCompleteness(Seq("email", "phone"), _ > 0.95)', None, share("email IS NOT NULL OR phone IS NOT NULL"), lambda x: x > 0.95),
    ('areAnyComplete(Seq("id", "phone"))', None, share("id IS NOT NULL OR phone IS NOT NULL"), lambda x: x == 1),
    ('isUnique("id")', 'isUnique("id")', unique("id"), lambda x: x == 1),
    ('isUnique("phone")', 'isUnique("phone")', unique("phone"), lambda x: x == 1),
    ('isPrimaryKey("id", "day")', 'isPrimaryKey("id", "day")', unique("id", "day"), lambda x: x == 1),
    ('hasUniqueness(Seq("phone"), _ > 0.9)', 'hasUniqueness(["phone"], lambda x: x > 0.9)', unique("phone"), lambda x: x > 0.9),
    ('hasUniqueness("sku", _ < 0.3)', None, unique("sku"), lambda x: x < 0.3),
    ('hasUniqueness(Seq("status", "amount"), x => x >= 0.2 && x <= 0.9)', None, unique("status", "amount"), lambda x: 0.2 <= x <= 0.9),
    ('hasDistinctness(Seq("phone"), _ >= 0.9)', 'hasDistinctness(["phone"], lambda x: x >= 0.9)', distinct("phone"), lambda x: x >= 0.9),
    ('hasMin("amount", _ >= -5)', 'hasMin("amount", lambda x: x >= -5)', number("MIN(amount)"), lambda x: x >= -5),
    ('hasMin("amount", _ >= 0.0)', 'hasMin("amount", lambda x: x >= 0.0)', number("MIN(amount)"), lambda x: x >= 0),
    ('hasMax("amount", _ < 94)', None, number("MAX(amount)"), lambda x: x < 94),
    ('hasMean("amount", m => m > 10 && m < 60)', 'hasMean("amount", lambda m: m > 10 and m < 60)', number("AVG(amount)"), lambda x: 10 < x < 60),
    ('hasSum("amount", _ <= 100d)', None, number("SUM(amount)"), lambda x: x <= 100),
    ('hasStandardDeviation("amount", _ < 31.5)', None, lambda db: math.sqrt(moment("amount", 2)(db)), lambda x: x < 31.5),
    ('hasVariance("rate", v => v > 0.1 && v < 2)', None, moment("rate", 2), lambda x: 0.1 < x < 2),
    ('hasSkewness("amount", _ > 0.1)', None, lambda db: moment("amount", 3)(db) / moment("amount", 2)(db) ** 1.5, lambda x: x > 0.1),
    ('hasKurtosis("amount", _ < 0)', None, lambda db: moment("amount", 4)(db) / moment("amount", 2)(db) ** 2 - 3, lambda x: x < 0),
    ('hasEntropy("status", _ > 1.09)', 'hasEntropy("status", lambda x: x > 1.09)', entropy("status"), lambda x: x > 1.09),
    ('hasEntropy("status", _ > 1.0)', 'hasEntropy("status", lambda x: x > 1.0)', entropy("status"), lambda x: x > 1.0),
    ('hasCorrelation("lo", "hi", _ > 0.9)', 'hasCorrelation("lo", "hi", lambda x: x > 0.9)', correlation("lo", "hi"), lambda x: x > 0.9),
    ('hasCorrelation("lo", "amount", _ > 0.9)', None, correlation("lo", "amount"), lambda x: x > 0.9),
    ('hasRange("amount", _ <= 90)', None, number("MAX(amount) - MIN(amount)"), lambda x: x <= 90),
    ('hasApproxCountDistinct("status", _ == 3)', None, number("COUNT(DISTINCT status)"), lambda x: x == 3),
    ('hasZerosCount("amount", _ <= 150)', None, number("SUM(amount = 0)"), lambda x: x <= 150),
    ('hasZerosCount("amount", _ == 0)', None, number("SUM(amount = 0)"), lambda x: x == 0),
    ('hasHistogramValues("status", _("open").ratio > 0.2)', 'hasHistogramValues("status", lambda x: x("open").ratio > 0.2)',
     share("status = 'open'"), lambda x: x > 0.2),
    ('hasHistogramValues("status", h => h.values("open").ratio >= 0.5)', None, share("status = 'open'"), lambda x: x >= 0.5),
    ('hasHistogramValues("status", (h) => h("NullValue").absolute > 40)', None, number("SUM(status IS NULL)"), lambda x: x > 40),
    ('hasHistogramValues("amount", _("0").absolute == 7)', None, number("SUM(amount = 0)"), lambda x: x == 7),
    ('hasHistogramValues("amount", _("0").absolute > 50)', None, number("SUM(amount = 0)"), lambda x: x > 50),
    ('hasHistogramValues("sku", _("ABC").ratio > 0.1).where("amount > 0")', None, share("sku = 'ABC'", "amount > 0"), lambda x: x > 0.1),
    ('hasNumberOfDistinctValues("status", _ == 4, None, 2)', 'hasNumberOfDistinctValues("status", lambda x: x == 4)', WITH_NULL, lambda x: x == 4),
    ('hasNumberOfDistinctValues("status", _ == 3)', None, WITH_NULL, lambda x: x == 3),
    ('hasNumberOfDistinctValues("status", _ <= 3).where("status IS NOT NULL")', None, lambda db: 3, lambda x: x <= 3),
    ('hasUniqueValueRatio(Seq("sku"), _ > 0.5)', 'hasUniqueValueRatio(["sku"], lambda x: x > 0.5)', once("sku"), lambda x: x > 0.5),
    ('hasUniqueValueRatio(Seq("sku"), _ < 0.99)', None, once("sku"), lambda x: x < 0.99),
    ('hasMutualInformation("lo", "day", _ > 1.0)', 'hasMutualInformation("lo", "day", lambda x: x > 1.0)', mutual("lo", "day"), lambda x: x > 1.0),
    ('hasMutualInformation("lo", "day", _ > 2.5)', None, mutual("lo", "day"), lambda x: x > 2.5),
    ('hasMinLength("sku", _ >= 2)', 'hasMinLength("sku", lambda x: x >= 2)', number("MIN(LENGTH(sku))"), lambda x: x >= 2),
    ('hasMinLength("sku", _ == 3)', 'hasMinLength("sku", lambda x: x == 3)', number("MIN(LENGTH(sku))"), lambda x: x == 3),
    ('hasMinLength("sku", _ <= 1).where("sku IS NULL")', None, lambda db: None, lambda x: False),
    ('hasMaxLength("sku", _ <= 9).where("sku IS NULL")', None, lambda db: None, lambda x: False),
    ('hasMaxLength("sku", _ > 3)', None, number("MAX(LENGTH(sku))"), lambda x: x > 3),
    ('hasMaxLength("sku", _ < 5)', None, number("MAX(LENGTH(sku))"), lambda x: x < 5),
    ('satisfies("amount >= 0", "no refunds")', 'satisfies("amount >= 0", "no refunds")', share("amount >= 0"), lambda x: x == 1),
    ('satisfies("status = \'open\' OR phone IS NULL", "either", _ >= 0.5)', 'satisfies("status = \'open\' OR phone IS NULL", "either", lambda x: x >= 0.5)',
     share("status = 'open' OR phone IS NULL"), lambda x: x >= 0.5),
    ('satisfies("lo <= 50", "low", _ == 1)', None, share("lo <= 50"), lambda x: x == 1),
    ('satisfies("""`status` <=> "paid" OR status NOT RLIKE "^pa"""", "spark", _ > 0.7)'.replace('"paid"', "'paid'").replace('"^pa"', "'^pa'"), None,
     share("status IS 'paid' OR NOT found(status, '^pa')"), lambda x: x > 0.7),
    ('hasPattern("sku", """^[A-Z]{3}\\d+$""".r, _ >= 0.1)', 'hasPattern("sku", r"^[A-Z]{3}\\d+$", lambda x: x >= 0.1)',
     share("found(sku, '^[A-Z]{3}\\d+$')"), lambda x: x >= 0.1),
    ('hasPattern("sku", "[A-Z]+".r)', 'hasPattern("sku", "[A-Z]+")', share("found(sku, '[A-Z]+')"), lambda x: x == 1),
    ('hasPattern("day", "^\\\\d{4}-.*$".r)', 'hasPattern("day", "^\\\\d{4}-.*$")', share("found(day, '^\\d{4}-.*$')"), lambda x: x == 1),
    ('isNonNegative("amount")', 'isNonNegative("amount")', share("COALESCE(amount, 0) >= 0"), lambda x: x == 1),
    ('isNonNegative("lo")', 'isNonNegative("lo")', share("COALESCE(lo, 0) >= 0"), lambda x: x == 1),
    ('isNonNegative("amount", _ >= 0.9)', None, share("COALESCE(amount, 0) >= 0"), lambda x: x >= 0.9),
    ('isPositive("hi")', None, share("COALESCE(hi, 1) > 0"), lambda x: x == 1),
    ('isPositive("amount", _ > 0.6)', None, share("COALESCE(amount, 1) > 0"), lambda x: x > 0.6),
    ('isLessThan("lo", "hi")', 'isLessThan("lo", "hi")', share("lo < hi"), lambda x: x == 1),
    ('isLessThanOrEqualTo("lo", "hi", _ >= 0.4)', None, share("lo <= hi"), lambda x: x >= 0.4),
    ('isGreaterThan("hi", "lo", _ > 0.3)', None, share("hi > lo"), lambda x: x > 0.3),
    ('isGreaterThanOrEqualTo("lo", "lo")', None, share("lo >= lo"), lambda x: x == 1),
    ('isContainedIn("status", Array("open", "paid"))', 'isContainedIn("status", ["open", "paid"])', share(IS_STATUS), lambda x: x == 1),
    ('isContainedIn("status", Array("open", "paid", "lost"))', 'isContainedIn("status", ["open", "paid", "lost"])', share("1"), lambda x: x == 1),
    ('isContainedIn("status", Array("open", "paid"), _ >= 0.7, Some("It should be above 0.7!"))',
     'isContainedIn("status", ["open", "paid"], lambda x: x >= 0.7, "It should be above 0.7!")', share(IS_STATUS), lambda x: x >= 0.7),
    ('isContainedIn("amount", -5, 95)', 'isContainedIn("amount", -5.0, 95.0)', share("amount IS NULL OR amount BETWEEN -5 AND 95"), lambda x: x == 1),
    ('isContainedIn("lo", 0, 49, includeLowerBound = false, includeUpperBound = true)', None, share("lo > 0 AND lo <= 49"), lambda x: x == 1),
    ('hasMean("amount", _ > 30).where("status = \'open\'")', 'hasMean("amount", lambda x: x > 30).where("status = \'open\'")',
     number("AVG(CASE WHEN status = 'open' THEN amount END)"), lambda x: x > 30),
    ('isComplete("phone").where("phone IS NOT NULL")', None, share("1"), lambda x: x == 1),
    ('hasCompleteness("email", _ >= 0.75).where("amount > 20")', None, share("email IS NOT NULL", "amount > 20"), lambda x: x >= 0.75),
]

SCALA = """import com.amazon.deequ.checks.{Check, CheckLevel}

object Orders {
  // the basics
  val verification = VerificationSuite()
    .onData(spark.read.parquet("orders"))
%s    .run()
}
"""


def scala():
    return SCALA % "".join('    .addCheck(Check(CheckLevel.Error, "c%d").%s)\n' % (i, c[0]) for i, c in enumerate(CONSTRAINTS))


def python():
    lines = ["from pydeequ.checks import *", "check = Check(spark, CheckLevel.Error, 'none')", "result = (VerificationSuite(spark)", "          .onData(df)"]
    for i, c in enumerate(CONSTRAINTS):
        if c[1] is not None:
            lines.append("          .addCheck(Check(spark, CheckLevel.Error, 'c%d').%s)  # number %d" % (i, c[1], i))
    return "\n".join(lines + ["          .run())"]) + "\n"


def by_line(done):
    """The verdicts by the line that the checks come from: several of one constraint are met together."""
    out = {}
    for c in done.json["assets"][0]["checks"]:
        if not c["implicit"]:
            out.setdefault(c["place"]["line"], set()).add(c["outcome"])
    return {k: worst(v) for k, v in out.items()}


def worst(outcomes):
    return next(o for o in ("error", "fail", "pass") if o in outcomes)


def deequ_says(db, which, first):
    """By the line of the file, on which each has its own."""
    return dict(enumerate(("pass" if c[3](c[2](db)) else "fail" for c in CONSTRAINTS if c[which] is not None), first))


@test
def checks_of_deequ_give_the_verdicts_of_its_own_numbers(p):
    db = data(p)
    for which, file, text, first in ((0, "Orders.scala", scala(), 7), (1, "orders.py", python(), 5)):
        p.write(file, text)
        want = deequ_says(db, which, first)
        same(sorted(set(want.values())), ["fail", "pass"])
        notes = p.json("import", file).json["notes"]
        same([n["what"] + ": " + n["why"] for n in notes if n["grade"] == "refused"], [])
        for source in (["orders.csv"], ["t.db", "--table", "orders"]):
            got = by_line(p.json("check", "--source", *source, "--suite", file))
            same({k: v for k, v in got.items() if v != want[k]}, {}, "%s on %s" % (file, source[0]))
            twice = {n["place"]["line"] for n in notes if "stands there already" in (n["why"] or "")}
            same(set(want) - set(got) - twice, set())


@test
def the_written_catalog_of_deequ_gives_the_same_verdicts(p):
    data(p)
    p.write("orders.scala", scala())
    p.weir("import", "deequ", "orders.scala", "--write", "imported.yaml").expect(0)
    p.catalog("catalog: [imported.yaml]\nassets:\n  orders: {path: orders.csv}\n")
    both = p.json("check", "orders"), p.json("check", "--source", "orders.csv", "--suite", "orders.scala")
    same(*([c["outcome"] for c in done.json["assets"][0]["checks"] if not c["implicit"]] for done in both))


def suggestion(column, code, **more):
    return dict({"constraint_name": "Constraint(%s)" % column, "column_name": column, "current_value": "1.0", "description": "'%s' is so" % column,
                 "suggesting_rule": "Rule()", "rule_description": "why", "code_for_constraint": code}, **more)


@test
def suggestions_of_deequ_become_checks(p):
    data(p)
    p.write("suggested.json", json.dumps({"constraint_suggestions": [
        suggestion("id", '.isComplete("id")'),
        suggestion("status", '.isContainedIn("status", Array("open", "paid", "lost"))'),
        suggestion("status", '.isContainedIn("status", ["open", "paid"],         lambda x: x >= 0.9, "It should be above 0.9!")'),
        suggestion("amount", '.isNonNegative("amount")', constraint_result_on_test_set="Failure"),
        suggestion("lo", '.hasDataType("lo", ConstrainableDataTypes.Integral)'),
    ]}, indent=2))
    p.weir("import", "suggested.json").expect(0, "Deequ; 4 exact, 1 approximated, 0 ambiguous, 0 refused")
    done = p.json("check", "--source", "orders.csv", "--suite", "suggested.json").expect(1)
    same([c["outcome"] for c in done.json["assets"][0]["checks"] if not c["implicit"]], ["pass", "pass", "fail", "fail", "pass"])


REPOSITORY = [{"resultKey": {"dataSetDate": 1, "tags": {}}, "analyzerContext": {"metricMap": []}}]
METRICS = [{"entity": "Column", "instance": "a", "name": "Completeness", "value": 1.0}]
RESULTS = [{"check": "c", "check_level": "Error", "check_status": "Success", "constraint": "SizeConstraint(Size(None))", "constraint_status": "Success",
            "constraint_message": ""}]
PROFILES = {"columns": [{"column": "a", "dataType": "String", "isDataTypeInferred": "false", "completeness": 1.0}]}


@test
def what_deequ_writes_of_a_run_is_no_suite(p):
    data(p)
    for what, why in ((REPOSITORY, "no checks"), (METRICS, "no checks"), (RESULTS, "which number"), (PROFILES, "how the data was")):
        p.write("run.json", json.dumps(what))
        p.weir("import", "run.json").expect(1, "Deequ; 0 exact, 0 approximated, 0 ambiguous, 1 refused", why)
        p.weir("check", "--source", "orders.csv", "--suite", "run.json").expect(3)


DEEQU_REFUSED = """val limit = 3
val check = Check(CheckLevel.Warning, "mine")
  .hasSize(_ >= limit)
  .isComplet("id")
  .hasMin("amount", x => math.abs(x) > 1)
  .satisfies("regexp_extract(sku, 'a', 0) = 'a'", "f")
  .isContainedIn("status", allowed)
  .isComplete(s"$name")
  .isComplete("id").where(filter)
  .hasHistogramValues("status", h => h.values.size > 3)
  .hasMinLength("sku", minimum)
  .hasUniqueValueRatio(Seq("sku", "day"), _ > 0.5)
  .hasPattern("sku", "([".r)
  .isComplete("id").where("email LIKE")
  .hasSize(x => x > 1 && x < 5 && x != 3)
  .kllSketchSatisfies("amount", _.parameters(0) > 1)
  .hasMean("amount")
for (c <- columns) check.isComplete(c)
builder.addAnomalyCheck(Mine(2.0), Size())
  .isUnique("id")
check.addConstraint(Constraint.sizeConstraint(_ > 3))
"""


@test
def what_is_no_constant_in_code_is_refused_with_its_place(p):
    data(p)
    p.write("refused.scala", DEEQU_REFUSED)
    done = p.json("import", "refused.scala").expect(1)
    refused = {n["place"]["line"]: n for n in done.json["notes"] if n["grade"] == "refused"}
    same(sorted(refused), list(range(3, 20)) + [21])
    contains(refused[4]["remedy"], "did you mean 'isComplete'?")
    contains(refused[19]["remedy"], "change:")
    same(len(done.json["notes"]), 19)


@test
def a_value_that_does_not_occur_has_no_bin_in_deequs_histogram(p):
    data(p)
    for condition, grade in (("absolute == 0", "approximated"), ("ratio == 0.0", "approximated"), ("absolute <= 5", "approximated"), ("absolute != 5", "approximated"),
                             ("absolute == 5", "exact"), ("absolute != 0", "exact"), ("ratio > 0.5", "exact")):
        p.write("bins.scala", 'Check(CheckLevel.Error, "mine").hasHistogramValues("status", _("none").%s)\n' % condition)
        same([n["grade"] for n in p.json("import", "bins.scala").json["notes"]], [grade], condition)


ANOMALIES = """run.addAnomalyCheck(RelativeRateOfChangeStrategy(Some(0.5), Some(2.0)), Size())
  .addAnomalyCheck(AbsoluteChangeStrategy(Some(-5.0), Some(5.0)), Mean("amount"), Some(AnomalyCheckConfig(CheckLevel.Error, "mean")))
  .addAnomalyCheck(OnlineNormalStrategy(), Completeness("email"))
  .addAnomalyCheck(SimpleThresholdStrategy(10.0, 1000.0), Size())
  .addAnomalyCheck(RelativeRateOfChangeStrategy(maxRateDecrease = Some(0.5), order = 2), Size())
"""


@test
def anomaly_checks_of_deequ_look_at_weirs_own_past(p):
    data(p)
    p.write("a.scala", "// CheckLevel.Warning, not Check(CheckLevel.Error, …)\n" + ANOMALIES)
    notes = p.json("import", "a.scala").expect(1).json["notes"]
    same({n["place"]["line"]: n["became"] for n in notes}, {
        2: "change: {of: row_count, against: previous, min_ratio: 0.5, max_ratio: 2.0}, severity: warning",
        3: "change: {of: {mean: amount}, against: previous, min: -5.0, max: 5.0}",
        4: "anomaly: {of: {non_null_proportion: email}}, severity: warning",
        5: "row_count: {min: 10, max: 1000}, severity: warning",
        6: ""})
    same([n["grade"] for n in sorted(notes, key=lambda n: n["place"]["line"])], ["approximated"] * 3 + ["exact", "refused"])


# A rule of DQDL, the number, and when that is fine.
ROW = lambda condition, where="1": (share(condition, where), lambda x: x == 1)  # noqa: E731
RULES = [
    ('RowCount between 299 and 301', number("COUNT(*)"), lambda x: 299 < x < 301),
    ('RowCount between 300 and 900', number("COUNT(*)"), lambda x: 300 < x < 900),
    ('RowCount not between 300 and 900', number("COUNT(*)"), lambda x: not 300 < x < 900),
    ('RowCount > 100 where "status = \'open\'"', number("SUM(status = 'open')"), lambda x: x > 100),
    ('RowCount != 300', number("COUNT(*)"), lambda x: x != 300),
    ('RowCount in [300]', number("COUNT(*)"), lambda x: x == 300),
    ('RowCount not in [300]', number("COUNT(*)"), lambda x: x != 300),
    ('ColumnCount = 10', lambda db: 10, lambda x: x == 10),
    ('ColumnExists "phone"', lambda db: 1, lambda x: True),
    ('ColumnExists "fax"', lambda db: 0, lambda x: False),
    ('IsComplete "id"', *ROW("id IS NOT NULL")),
    ('IsComplete "phone"', *ROW("phone IS NOT NULL")),
    ('IsComplete "phone" where "phone <> \'\'"', *ROW("1")),
    ('Completeness "phone" > 0.4', share("phone IS NOT NULL"), lambda x: x > 0.4),
    ('Completeness of phone between 0.4 and 0.45', share("phone IS NOT NULL"), lambda x: 0.4 < x < 0.45),
    ('Completeness "phone" >= 0.3 where "amount > 10"', share("phone IS NOT NULL", "amount > 10"), lambda x: x >= 0.3),
    ('IsUnique "id"', unique("id"), lambda x: x == 1),
    ('Uniqueness "phone" > 0.9', unique("phone"), lambda x: x > 0.9),
    ('Uniqueness "phone" >= 0.97', unique("phone"), lambda x: x >= 0.97),
    ('UniqueValueRatio "id" = 1.0', once("id"), lambda x: x == 1),
    ('UniqueValueRatio "sku" between 0.5 and 0.999', once("sku"), lambda x: 0.5 < x < 0.999),
    ('UniqueValueRatio "sku" < 0.5', once("sku"), lambda x: x < 0.5),
    ('DistinctValuesCount "status" = 4', WITH_NULL, lambda x: x == 4),
    ('DistinctValuesCount "status" < 4', WITH_NULL, lambda x: x < 4),
    ('IsPrimaryKey "id" "day"', unique("id", "day"), lambda x: x == 1),
    ('Mean "amount" between 10 and 60', number("AVG(amount)"), lambda x: 10 < x < 60),
    ('Sum "amount" <= 100', number("SUM(amount)"), lambda x: x <= 100),
    ('StandardDeviation "amount" < 31.5', lambda db: math.sqrt(moment("amount", 2)(db)), lambda x: x < 31.5),
    ('Entropy "status" > 1.0', entropy("status"), lambda x: x > 1.0),
    ('ColumnCorrelation "lo" "hi" > 0.9', correlation("lo", "hi"), lambda x: x > 0.9),
    ('ColumnCorrelation of lo and amount > 0.9', correlation("lo", "amount"), lambda x: x > 0.9),
    ('ZerosCount "amount" < 100', number("SUM(amount = 0)"), lambda x: x < 100),
    ('ColumnLength "day" = 10', *ROW("LENGTH(COALESCE(day, '')) = 10")),
    ('ColumnLength "sku" >= 2', *ROW("LENGTH(COALESCE(sku, '')) >= 2")),
    ('ColumnLength "sku" < 7', *ROW("LENGTH(COALESCE(sku, '')) < 7")),
    ('ColumnLength "sku" between 1 and 9', *ROW("LENGTH(COALESCE(sku, '')) > 1 AND LENGTH(COALESCE(sku, '')) < 9")),
    ('ColumnLength "sku" in [0, 2, 3, 4, 5, 6]', *ROW("LENGTH(COALESCE(sku, '')) IN (0, 2, 3, 4, 5, 6)")),
    ('ColumnValues "lo" >= 0', *ROW("lo >= 0")),
    ('ColumnValues "amount" >= -5', *ROW("amount >= -5")),
    ('ColumnValues "amount" > -6 where "amount IS NOT NULL"', *ROW("1")),
    ('ColumnValues "lo" between 0 and 50', *ROW("lo > 0 AND lo < 50")),
    ('ColumnValues "lo" between -1 and 50', *ROW("lo > -1 AND lo < 50")),
    ('ColumnValues "lo" not between 50 and 60', *ROW("NOT (lo > 50 AND lo < 60)")),
    ('ColumnValues "hi" not between 70 and 80', *ROW("hi <= 70 OR hi >= 80")),
    ('ColumnValues "status" in ["open", "paid", "lost"]', *ROW("status IN ('open', 'paid', 'lost')")),
    ('ColumnValues "status" in ["open", "paid", "lost", NULL]', *ROW("1")),
    ('ColumnValues "status" in ["open", NULL]', *ROW("status = 'open' OR status IS NULL")),
    ('ColumnValues "status" not in ["gone"]', *ROW("1")),
    ('ColumnValues "status" not in ["gone", NULL]', *ROW("status IS NOT NULL")),
    ('ColumnValues "status" != "lost"', *ROW("status IS NULL OR status <> 'lost'")),
    ('ColumnValues "status" = "open"', *ROW("status = 'open'")),
    ('ColumnValues "status" != NULL', *ROW("status IS NOT NULL")),
    ('ColumnValues "id" != NULL', *ROW("id IS NOT NULL")),
    ('ColumnValues "id" = NULL', *ROW("id IS NULL")),
    ('ColumnValues "sku" not in [EMPTY, WHITESPACES_ONLY, NULL]', *ROW("sku IS NOT NULL AND sku <> '' AND TRIM(sku) <> ''")),
    ('ColumnValues "status" != EMPTY where "status IS NOT NULL"', *ROW("1")),
    ('ColumnValues "status" != EMPTY', *ROW("status <> ''")),
    ('ColumnValues "status" in ["open", "paid"] with threshold > 0.4', share("status IN ('open', 'paid')"), lambda x: x > 0.4),
    ('ColumnValues "status" in ["open", "paid"] with threshold > 0.7', share("status IN ('open', 'paid')"), lambda x: x > 0.7),
    ('ColumnValues "amount" > 10 with threshold between 0.2 and 0.6', share("amount > 10"), lambda x: 0.2 < x < 0.6),
    ('ColumnValues "day" matches "2026-.*"', *ROW("found(day, '^2026-.*$')")),
    ('ColumnValues "sku" matches "[A-Z]{3}\\\\d*" with threshold >= 0.3', share("found(sku, '^[A-Z]{3}\\d*$')"), lambda x: x >= 0.3),
    ('ColumnValues "sku" matches "[A-Z]{3}\\\\d*" with threshold >= 0.6', share("found(sku, '^[A-Z]{3}\\d*$')"), lambda x: x >= 0.6),
    ('ColumnValues "day" > "2025-12-31"', *ROW("day > '2025-12-31'")),
    ('ColumnValues "day" >= "2026-01-05"', *ROW("day >= '2026-01-05'")),
    ('ColumnValues "day" between "2026-01-01" and "2026-01-28"', *ROW("day > '2026-01-01' AND day < '2026-01-28'")),
    ('ColumnValues "day" <= "2026-01-28"', *ROW("day <= '2026-01-28'")),
    ('ColumnValues "day" <= "2026-01-27"', *ROW("day <= '2026-01-27'")),
    ('ColumnValues "day" < "2026-01-28" with threshold > 0.95', share("day < '2026-01-28'"), lambda x: x > 0.95),
    ('ColumnValues "day" > "2026-01-01" with threshold > 0.97', share("day > '2026-01-01'"), lambda x: x > 0.97),
    ('ColumnValues "day" not between "2026-01-27" and "2026-01-29"', *ROW("NOT (day > '2026-01-27' AND day < '2026-01-29')")),
    ('ColumnValues "day" in ["2026-01-01", "2026-01-02"] with threshold > 0.07', share("day IN ('2026-01-01', '2026-01-02')"), lambda x: x > 0.07),
    ('ColumnValues "day" != "2026-01-02"', *ROW("day <> '2026-01-02'")),
    ('ColumnValues "day" not in ["2025-01-02"]', *ROW("day <> '2025-01-02'")),
    ('RowCount > 10 * 30 - 1', number("COUNT(*)"), lambda x: x > 299),
    ('RowCount > 10 + 10 * 29', number("COUNT(*)"), lambda x: x > 300),
    ('ColumnNamesMatchPattern "^[a-z]+$"', lambda db: 1, lambda x: True),
    ('ColumnNamesMatchPattern "[a-m]{2}"', lambda db: 1, lambda x: False),
    ('(IsComplete "id") and (RowCount > 10)', lambda db: 1, lambda x: True),
    ('(IsComplete "phone") and (RowCount > 10)', lambda db: 1, lambda x: False),
    ('(IsComplete "phone") or (RowCount > 10)', lambda db: 1, lambda x: True),
    ('((IsComplete "phone") or (RowCount > 10)) AND (Mean "amount" > 90)', lambda db: 1, lambda x: False),
    ('DataFreshness "day" <= 20000 days', *ROW("1")),
    ('DataFreshness "day" <= 24 hours', *ROW("day > '2026-02-01'")),
    ('ColumnValues "day" < (now() - 1 days)', *ROW("1")),
    ('ColumnNamesMatchPattern "[a-z]"'.replace("[a-z]", ".*"), lambda db: 1, lambda x: True),
    ('ColumnNamesMatchPattern "^s.*"', lambda db: 1, lambda x: False),
    ('ColumnDataType "lo" = "Integer"', lambda db: 1, lambda x: True),
    ('ColumnDataType "sku" = "Double"', lambda db: 1, lambda x: False),
]


@test
def rules_of_dqdl_give_the_verdicts_of_deequs_own_numbers(p):
    db = data(p)
    p.now = "2026-02-10T00:00:00Z"
    want = ["pass" if good(compute(db)) else "fail" for _, compute, good in RULES]
    same(sorted(set(want)), ["fail", "pass"])
    for i, (rule, _, _) in enumerate(RULES):
        p.write("r%d.dqdl" % i, "# a rule\nRules = [\n  %s,\n]\n" % rule)
    # Rules that say the same as others have no checks of their own, so some are judged on their own, too.
    lines = ["DataSources = { \"Primary\": \"orders\" }", "Rules = ["] + ["  %s," % r for r, _, _ in RULES] + ["]", "Analyzers = [ RowCount, Completeness \"id\" ]"]
    p.write("orders.dqdl", "\n".join(lines) + "\n")
    notes = p.json("import", "orders.dqdl").json["notes"]
    same([n["what"] + ": " + n["why"] for n in notes if n["grade"] == "refused"], [])
    same(len(notes), len(RULES) + 3)
    for source in (["orders.csv"], ["t.db", "--table", "orders"]):
        got = by_line(p.json("check", "--source", *source, "--suite", "orders.dqdl"))
        for i, (rule, _, _) in enumerate(RULES):
            if any(n["place"]["line"] == i + 3 and "stands there already" in (n["why"] or "") for n in notes):
                alone = by_line(p.json("check", "--source", *source, "--suite", "r%d.dqdl" % i))
                same(alone, {3: want[i]}, "%s on %s" % (rule, source[0]))
            else:
                same(got[i + 3], want[i], "%s on %s" % (rule, source[0]))


DQDL_REFUSED = """# what cannot be said
limit = 5
Rules = [
    RowCount > $limit,
    RowCount > $lmit,
    RowCont > 5,
    Completeness "a" > ,
    DatasetMatch "ref" "id" = 1.0,
    IsComplete "a" "b",
    (IsComplete "a") and (IsComplete "b") or (IsComplete "c"),
    IsUnique "a" where "like(a,",
    RowCount > percentile(last(3), 0.5),
    RowCount > avg(last(10)),
    RowCount between 0.8*avg(last(10)) and 1.2*avg(last(10)),
    CustomSql "select id from primary where a > 1",
    Mean "a" with threshold > 0.5 ,
    ColumnCount > 3 where "a > 1",
    CustomSql "select 1" = 1 where "a > 1",
    Mean "a" > 1 with "format" = "x",
    Mean "a" > 2 labels = ["team" = "x"],
    ColumnValues "a" in [1, 2,
"""


@test
def what_weir_cannot_say_of_dqdl_is_refused_with_its_place(p):
    data(p)
    p.write("r.dqdl", DQDL_REFUSED)
    done = p.json("import", "r.dqdl").expect(1)
    grades = {n["place"]["line"]: n["grade"] for n in done.json["notes"]}
    same({k for k, v in grades.items() if v == "refused"}, {3, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 17, 18, 19, 21})
    same([grades[i] for i in (2, 4, 13, 14, 20)], ["exact", "exact", "approximated", "approximated", "exact"])
    became = {n["place"]["line"]: n["became"] for n in done.json["notes"]}
    same(became[13], 'within_past: {of: row_count, min: "average(10)", strict_min: true}')
    same(became[14], 'within_past: {of: row_count, min: "0.8 * average(10)", strict_min: true, max: "1.2 * average(10)", strict_max: true}')


# A bound of DQDL, and the arithmetic that it becomes.
BOUNDS = [
    ("> avg(last(5)) * 0.8", "min: average(5) * 0.8, strict_min: true"),
    (">= min(last(2)) - 1", "min: min(2) - 1"),
    ("between min(last(10)) - 1 and max(last(10)) + 1", "min: min(10) - 1, strict_min: true, max: max(10) + 1, strict_max: true"),
    ("< avg(last(10)) + std(last(3))", "max: average(10) + stdev(3), strict_max: true"),
    ("<= (avg(last(10)) + 1) * 2", "max: (average(10) + 1) * 2"),
    ("> 10 - (sum(last(2)) - 1)", "min: 10 - (sum(2) - 1), strict_min: true"),
    ("= avg(last(1))", "min: average(1), max: average(1)"),
    ("!= avg(last(1))", "min: average(1), max: average(1), outside: true"),
    ("not between 5 and max(last(3))", 'min: "5", strict_min: true, max: max(3), strict_max: true, outside: true'),
]


@test
def dynamic_rules_become_arithmetic_over_the_past(p):
    data(p)
    p.write("r.dqdl", "Rules = [\n" + ",\n".join('  Mean "amount" ' + b for b, _ in BOUNDS) + "\n]\n")
    got = {n["place"]["line"]: n["became"].replace('"', "") for n in p.json("import", "r.dqdl").expect(0).json["notes"]}
    for i, (bound, want) in enumerate(BOUNDS, 2):
        same(got[i], "within_past: {of: {mean: amount}, %s}" % want.replace('"', ""), bound)


def verdicts(p, rules):
    """Of each rule on its own, with the assets of the catalog."""
    out = []
    for rule in rules:
        p.write("one.dqdl", "Rules = [\n  %s\n]\n" % rule)
        out.append(worst({c["outcome"] for c in p.json("check", "t").json["assets"][0]["checks"] if not c["implicit"]}))
    return out


@test
def rules_about_two_sets_of_data_count_as_deequ_does(p):
    p.write("t.csv", "id,c,v\n1,a,5\n2,,6\n3,b,7\n4,z,8\n")
    p.write("ref.csv", "k,x,w\n1,a,5\n2,b,6\n3,b,70\n")
    p.catalog("assets:\n  t: {path: t.csv, suites: [one.dqdl], allow_empty: true}\n  ref: {path: ref.csv}\n")
    rules = {
        # A null is found nowhere: two of four rows are.
        'ReferentialIntegrity "c" "ref.x" = 0.5': "pass", 'ReferentialIntegrity "c" "ref.x" > 0.6': "fail", 'ReferentialIntegrity "c" "ref.x" = 1.0': "fail",
        'ReferentialIntegrity "c" "ref.x" = 1.0 where "c = \'a\' OR c = \'b\'"': "pass", 'ReferentialIntegrity "c" "ref.x" = 1.0 where "c IS NULL"': "fail",
        'ReferentialIntegrity "id,c" "ref.{k,x}" between 0.4 and 0.6': "pass", 'ReferentialIntegrity "id,c" "ref.{k,x}" > 0.5': "fail",
        # By the key, two rows have what they have there.
        'DatasetMatch "ref" "id->k" "v->w" = 0.5': "pass", 'DatasetMatch "ref" "id->k" "v->w" > 0.5': "fail", 'DatasetMatch "ref" "id->k" "v->w, c->x" > 0.3': "fail",
        'DatasetMatch "ref" "c->x" "v->w" > 0.2': "pass",
        'RowCountMatch "ref" > 1.3': "pass", 'RowCountMatch "ref" between 1 and 1.3': "fail", 'RowCountMatch "ref" <= 1.0': "fail", 'RowCountMatch "ref" = 1.0': "fail",
        'RowCountMatch "ref" >= 1.0 where "id < 4"': "pass",
    }
    same(dict(zip(rules, verdicts(p, rules))), rules)
    p.write("ref.csv", "k,x,w\n")
    same(verdicts(p, ['RowCountMatch "ref" >= 0.5', 'RowCountMatch "ref" <= 0.5', 'ReferentialIntegrity "c" "ref.x" = 1.0']), ["fail"] * 3)
    p.write("t.csv", "id,c,v\n1,a,5\n1,b,5\n")
    p.write("ref.csv", "k,x,w\n1,a,5\n")
    same(verdicts(p, ['DatasetMatch "ref" "id->k" "v->w" = 1.0']), ["fail"])  # its key occurs twice


@test
def days_of_dqdl_are_days_of_times_too(p):
    p.write("t.csv", "at\n2026-01-01T10:00:00\n2026-01-02T00:00:00\n")
    p.catalog("assets:\n  t: {path: t.csv, suites: [one.dqdl], columns: {at: timestamp}}\n")
    rules = {
        'ColumnValues "at" > "2026-01-01"': "fail", 'ColumnValues "at" > "2025-12-31"': "pass", 'ColumnValues "at" >= "2026-01-01"': "pass",
        'ColumnValues "at" <= "2026-01-02"': "pass", 'ColumnValues "at" <= "2026-01-01"': "fail", 'ColumnValues "at" < "2026-01-03"': "pass",
        'ColumnValues "at" between "2026-01-01" and "2026-01-03"': "fail", 'ColumnValues "at" between "2025-12-31" and "2026-01-03"': "pass",
        'ColumnValues "at" != "2026-01-01"': "fail", 'ColumnValues "at" in ["2026-01-01", "2026-01-02"]': "pass", 'ColumnValues "at" = "2026-01-01" with threshold = 0.5': "pass",
        'ColumnValues "at" not in ["2026-01-02", "2026-01-03"]': "fail", 'ColumnValues "at" not in ["2026-01-03"]': "pass",
    }
    same(dict(zip(rules, verdicts(p, rules))), rules)
    # A text that is no day is no column either.
    p.write("one.dqdl", 'Rules = [ ColumnValues "at" >= "closed_at" ]\n')
    p.weir("import", "one.dqdl").expect(1, "'closed_at' is no day", "compare columns with expr")


@test
def the_age_of_files_becomes_the_freshness_of_the_asset(p):
    data(p)
    p.write("r.dqdl", 'Rules = [\n  FileFreshness "s3://b/o" > (now() - 36 hours),\n  FileFreshness > (now() - 3 days),\n'
                      '  (FileFreshness > (now() - 3 days)) and (RowCount > 0),\n  FileFreshness < (now() - 3 days)\n]\n')
    notes = {n["place"]["line"]: n for n in p.json("import", "r.dqdl").expect(1).json["notes"]}
    same([(notes[i]["grade"], notes[i]["became"]) for i in (2, 3, 4, 5)],
         [("approximated", 'freshness: {max_age: "36h"}'), ("refused", ""), ("refused", ""), ("refused", "")])


@test
def a_named_ruleset_is_found_where_aws_keeps_it(p):
    data(p)
    rules = 'Rules = [\n  IsComplete "id",\n  IsUnique "id"\n]'
    p.write("get.json", json.dumps({"Name": "nightly", "Ruleset": rules, "TargetTable": {"TableName": "orders", "DatabaseName": "shop"},
                                    "CreatedOn": 1.5}, indent=2))
    p.write("stack.yml", "Resources:\n  Bucket: {Type: \"AWS::S3::Bucket\"}\n  Nightly:\n    Type: AWS::Glue::DataQualityRuleset\n    Properties:\n"
            "      Name: nightly\n      TargetTable: {DatabaseName: shop, TableName: orders}\n      Ruleset: |\n"
            + "".join("        %s\n" % x for x in rules.splitlines()))
    for file, places in (("get.json", None), ("stack.yml", [(10, 11), (11, 11)])):
        done = p.json("import", file).expect(0)
        same([n["asset"] for n in done.json["notes"]], ["orders", "orders"])
        if places:
            same([(n["place"]["line"], n["place"]["column"]) for n in done.json["notes"]], places)
        done = p.json("check", "--source", "orders.csv", "--suite", file).expect(1)
        same([c["outcome"] for c in done.json["assets"][0]["checks"] if not c["implicit"]], ["pass", "fail"])


@test
def what_a_name_in_a_list_stands_for_is_not_guessed(p):
    data(p)
    p.write("n.py", "check = Check(spark, CheckLevel.Error, 'n')\ncheck.isContainedIn('status', [Status.OPEN, Status.PAID])\n"
                    "check.hasUniqueness([Columns.id, 'day'], lambda x: x == 1)\ncheck.areComplete([ID])\ncheck.isContainedIn('status', ['open', None])\n")
    notes = p.json("import", "n.py").expect(1).json["notes"]
    same({n["place"]["line"]: n["grade"] for n in notes}, {2: "refused", 3: "refused", 4: "refused", 5: "refused"})


JOB = """import sys
from awsgluedq.transforms import EvaluateDataQuality
rules = \"\"\"
    # Rules are of the day's orders: "all" of them
    Rules = [
        IsComplete "id",
        ColumnValues "status" in ["open", "paid", "lost", NULL]
    ]
\"\"\"
result = EvaluateDataQuality().process_rows(frame=x, ruleset=rules, publishing_options={"dataQualityEvaluationContext": "it's"})
"""


@test
def rules_in_a_job_of_glue_are_read_where_they_stand(p):
    data(p)
    p.write("job.py", JOB)
    notes = p.json("import", "job.py").expect(0).json["notes"]
    same([(n["place"]["line"], n["place"]["column"], n["became"]) for n in notes],
         [(6, 9, "not_null: id"), (7, 9, "in_set: {column: status, values: [open, paid, lost]}")])
    p.weir("check", "--source", "orders.csv", "--suite", "job.py").expect(0)
    p.write("main.tf", 'resource "aws_glue_data_quality_ruleset" "a" {\n  ruleset = <<-DQDL\n    Rules = [ IsUnique "id" ]\n  DQDL\n}\n')
    same([n["became"] for n in p.json("import", "main.tf").expect(0).json["notes"]], ["unique: id"])
    for text, why in ((JOB + JOB, "several rulesets"), (JOB + 'more = "Rules = [IsUnique \\"id\\"]"\n', "several rulesets"), ('# EvaluateDataQuality\nr = "Rules = [IsUnique \\"id\\"]"\n', "quotes in it")):
        p.write("two.py", text)
        p.weir("import", "two.py").expect(1, "0 exact, 0 approximated, 0 ambiguous, 1 refused", why)
