"""Statistics of columns against exact fractions, and against scipy and numpy where these are installed; on random values and on nasty ones."""
import math
import random
from decimal import Decimal
from fractions import Fraction

from project import same, test

try:
    import numpy
    import scipy.stats
except ImportError:
    numpy = scipy = None


def central(values, k):
    mean = Fraction(sum(values), len(values))
    return sum((v - mean) ** k for v in values) / len(values)


def root(f):
    """The root of a fraction to all digits of a double: doubles alone overflow."""
    if f == 0:
        return 0.0
    shift = max(0, 240 - (f.numerator.bit_length() - f.denominator.bit_length()))
    shift += shift % 2
    return float(Fraction(math.isqrt(f.numerator * (1 << shift) // f.denominator), 1 << (shift // 2)))


def expected(values, population):
    """variance, skewness, kurtosis; None where there is none."""
    n = len(values)
    if n < (1 if population else 2):
        return None, None, None
    m2, m3, m4 = (central(values, k) for k in (2, 3, 4))
    variance = float(m2 if population else m2 * n / (n - 1))
    if m2 == 0 or n < 2:
        return variance, None, None
    g1 = math.copysign(root(m3 * m3 / m2 ** 3), m3)
    g2 = m4 / m2 ** 2 - 3
    if population:
        return variance, g1, float(g2)
    return (variance, g1 * math.sqrt(n * (n - 1)) / (n - 2) if n > 2 else None,
            float(Fraction(n - 1, (n - 2) * (n - 3)) * ((n + 1) * g2 + 6)) if n > 3 else None)


def correlation(pairs):
    x, y = [p[0] for p in pairs], [p[1] for p in pairs]
    if len(pairs) < 2 or len(set(x)) < 2 or len(set(y)) < 2:
        return None
    mx, my = Fraction(sum(x), len(x)), Fraction(sum(y), len(y))
    xy = sum((a - mx) * (b - my) for a, b in pairs)
    return math.copysign(root(xy * xy / (sum((a - mx) ** 2 for a in x) * sum((b - my) ** 2 for b in y))), xy)


def entropy(values):
    n = len(values)
    counts = [values.count(v) for v in set(values)]
    return math.fsum(-c / n * (math.log1p(-(n - c) / n) if 2 * c > n else math.log(c / n)) for c in counts) if n else None


def near(what, got, want):
    if want is None or got is None:
        same(got, want, what)
    elif abs(got - want) > 1e-12 * abs(want):
        raise AssertionError("%s: got %r, expected %r" % (what, got, want))


def cases():
    r = random.Random(5)
    yield "integer", [3, 1, 4, 1, 5, 9, 2, 6]
    yield "integer", [7, 7, 7, 7]
    yield "integer", [4]
    yield "integer", [4, 9]
    yield "integer", [1, 2, 4]
    yield "integer", []
    yield "integer", [2 ** 62, 2 ** 62 + 1, 2 ** 62 + 3, 2 ** 62 + 3]
    yield "integer", [-2 ** 63, 2 ** 63 - 1, 0, 5, 6]
    yield "number", [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]
    yield "number", [1e16, 1.0, -1e16, 3.0, 0.1]
    yield "number", [0.1, 0.1, 0.1, 0.1000000000000001]
    yield "number", [1e-150, 3e-150, 7e-150, 8e-150]
    yield "number", [5e-324, 0.0, 1.5e-323, 2e-323]
    yield "decimal(20,2)", [Decimal("10.50"), Decimal("-3.07"), Decimal("123456789012345678.91"), Decimal("0.01")]
    for n in (5, 50, 1500):
        yield "number", [r.lognormvariate(0, 2) for _ in range(n)]
        yield "integer", [r.randrange(5) for _ in range(n)]


def text(v):
    return "" if v is None else repr(v) if isinstance(v, float) else str(v)


CHECKS = ["%s: {column: x%s}" % (s, ", population: true" if p else "") for p in (False, True) for s in ("variance", "skewness", "kurtosis")]


@test
def moments_are_those_of_fractions(p):
    for kind, values in cases():
        # Nulls in between do not count.
        rows = "x\n" + "".join(text(v) + "\n" for v in [None] + values) if values else "x,y\n,1\n"
        done = p.check(rows if values else rows, CHECKS, columns='x: "%s"%s' % (kind, "" if values else ", y: integer"))
        if done.status not in (0, 1):
            raise AssertionError((values[:9], done.out, done.err))
        got = [c["result"].get("observed_value") for c in done.json["assets"][0]["checks"] if not c["implicit"]]
        exact = [Fraction(v) for v in values]
        for what, g, w in zip(CHECKS, got, expected(exact, False) + expected(exact, True)):
            near("%s of %r" % (what, values[:9]), g, w)


@test
def correlations_are_those_of_fractions(p):
    r = random.Random(6)
    base = [r.gauss(0, 1) for _ in range(300)]
    for pairs in ([(1.0, 2.0), (2.0, 4.0), (3.0, 6.5)], [(1.0, 1.0), (1.0, 2.0)], [(1.0, 3.0)], [(1e9 + i, 1e9 - i) for i in range(5)],
                  [(x, 1e8 + 1e-3 * r.gauss(0, 1)) for x in base], [(x, x + r.gauss(0, .1)) for x in base], [(1e-160 * x, 1e150 * x * x) for x in base]):
        rows = "x,y\n,1\n2,\n" + "".join("%r,%r\n" % (a, b) for a, b in pairs)
        c = p.check(rows, ["correlation: [x, y]"], columns="x: number, y: number").json["assets"][0]["checks"][0]
        near("correlation of %r" % (pairs[:3],), c["result"].get("observed_value"), correlation([(Fraction(a), Fraction(b)) for a, b in pairs]))
        same(c["outcome"], "pass" if c["result"].get("observed_value") is not None else "fail")


@test
def entropies_do_not_lose_rare_values(p):
    for values in (["a"], ["a", "b"], ["a"] * 9999 + ["b"], list("abracadabra"), [str(i) for i in range(3000)], []):
        rows = "x,y\n,1\n" + "".join("%s,1\n" % v for v in values)
        done = p.check(rows, ["entropy: x", "entropy: {column: x, base: 2}"], columns="x: string")
        e, bits = (c["result"].get("observed_value") for c in done.json["assets"][0]["checks"][:2])
        near("entropy of %r" % values[:9], e, entropy(values))
        near("entropy of %r in bits" % values[:9], bits, entropy(values) / math.log(2) if values else None)


def mutual(pairs):
    """The sum over the cells of the table, as scikit-learn's mutual_info_score has it; with numpy where it is there."""
    n = len(pairs)
    if numpy is not None:
        xs, ys = sorted({x for x, _ in pairs}), sorted({y for _, y in pairs})
        table = numpy.zeros((len(xs), len(ys)))
        for x, y in pairs:
            table[xs.index(x), ys.index(y)] += 1
        p = table / n
        independent = p.sum(axis=1, keepdims=True) @ p.sum(axis=0, keepdims=True)
        return float((p[p > 0] * numpy.log(p[p > 0] / independent[p > 0])).sum())
    x, y = [a for a, _ in pairs], [b for _, b in pairs]
    return math.fsum(pairs.count(c) / n * math.log(pairs.count(c) * n / (x.count(c[0]) * y.count(c[1]))) for c in set(pairs))


@test
def mutual_information_is_that_of_the_table_of_both(p):
    r = random.Random(9)
    draw = [(r.choice("abcd"), r.choice("xyz")) for _ in range(700)]
    for pairs in ([("a", "x")], [("a", "x"), ("b", "y")], [(a, b) for a in "abc" for b in "xy"] * 3, draw, [(a, a + b) for a, b in draw],
                  [(str(i), str(i)) for i in range(2500)], [(a, "x") for a, _ in draw]):
        # Rows with a null on either side do not count.
        rows = "x,y,n\nq,,1\n,q,1\n,,1\n" + "".join("%s,%s,1\n" % c for c in pairs) + "a,x,2\n" * 5
        done = p.check(rows, [{"mutual_information": ["x", "y"], "where": "n = 1"},
                              {"mutual_information": {"columns": ["y", "x"], "base": 2}, "where": "n = 1"}], columns="x: string, y: string")
        e, bits = (c["result"].get("observed_value") for c in done.json["assets"][0]["checks"][:2])
        want = mutual(pairs)
        # What three entropies leave of each other: their last digits.
        assert abs(e - want) <= 1e-9 * want + 1e-14 * math.log(len(pairs) + 1), (pairs[:9], e, want)
        assert abs(bits - want / math.log(2)) <= 1e-9 * want + 1e-13, (pairs[:9], bits, want)
    independent = "x,y\n" + "".join("%s,%s\n" % (a, b) for a in "abcdefg" for b in "uvw")
    done = p.check(independent, ["mutual_information: {columns: [x, y], max: 0}"], columns="x: string, y: string")
    same(done.status, 0, done.out)
    done = p.check("x,y\na,\n,b\n", ["mutual_information: {columns: [x, y], min: 0}"], columns="x: string, y: string")
    same([c["outcome"] for c in done.json["assets"][0]["checks"][:1]], ["fail"])


@test
def percentiles_ranges_and_quartiles_are_those_of_numpy(p):
    r = random.Random(7)
    for values in ([1.0], [1.0, 2.0], [3.0, 1.0, 2.0, 10.0], [r.gauss(0, 1e6) for _ in range(101)]):
        rows = "x\n" + "".join("%r\n" % v for v in values)
        qs = [0, 0.05, 0.25, 0.5, 0.95, 1]
        hows = ["linear", "lower", "higher", "nearest", "midpoint"]
        checks = ["percentile: {column: x, q: %g, interpolation: %s}" % (q, h) for q in qs for h in hows] + ["iqr: x", "range: x"]
        got = [c["result"]["observed_value"] for c in p.check(rows, checks, columns="x: number").json["assets"][0]["checks"] if not c["implicit"]]
        same(got[-1], max(values) - min(values))
        if numpy is None:
            continue
        for (q, h), g in zip(((q, h) for q in qs for h in hows), got):
            near("%s %s of %r" % (q, h, values[:5]), g, float(numpy.quantile(values, q, method=h)))
        near("iqr of %r" % values[:5], got[-2], float(numpy.quantile(values, .75) - numpy.quantile(values, .25)))


@test
def scipy_agrees_where_doubles_suffice(p):
    if scipy is None:
        return "scipy is not here"
    r = random.Random(8)
    values = [r.gauss(3, 2) for _ in range(2000)]
    rows = "x,y\n" + "".join("%r,%r\n" % (v, v * v) for v in values)
    got = [c["result"]["observed_value"] for c in p.check(rows, CHECKS + ["correlation: [x, y]"], columns="x: number, y: number").json["assets"][0]["checks"]
           if not c["implicit"]]
    want = [numpy.var(values, ddof=1), scipy.stats.skew(values, bias=False), scipy.stats.kurtosis(values, bias=False), numpy.var(values),
            scipy.stats.skew(values), scipy.stats.kurtosis(values), scipy.stats.pearsonr(values, [v * v for v in values])[0]]
    for g, w in zip(got, want):
        assert abs(g - w) <= 1e-9 * abs(w), (g, w)


@test
def what_has_no_statistic_fails_and_what_is_no_number_is_refused(p):
    done = p.check("x\n1\n1\n", ["skewness: {column: x, max: 1}", "kurtosis: x", "percentile: {column: x, q: 0.5, max: 1}"])
    same([c["outcome"] for c in done.json["assets"][0]["checks"][:3]], ["fail", "fail", "pass"])
    for check, word in (("percentile: {column: x, q: 1.5}", "between 0 and 1"), ("percentile: {column: x}", "needs 'q'"), ("correlation: [x]", "two columns"), ("mutual_information: [x]", "two columns"),
                        ("entropy: {column: x, base: 1}", "above 1"), ("percentile: {column: x, q: 0.5, interpolation: cubic}", "cannot be"),
                        ("variance: {column: x, min: 5, max: 1}", "greater")):
        p.check("x\n1\n", [check]).expect(2, word)
    p.check("x\nabc\n", ["variance: {column: x, max: 1}"], columns="x: string").expect(2, "needs numbers")
