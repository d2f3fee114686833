"""Drift against another asset, compared with scipy where it is installed, and with formulas written down once more."""
import math
import random
from collections import Counter

from project import contains, same, test

try:
    import numpy
    import scipy.stats
    from scipy.spatial.distance import jensenshannon
except ImportError:
    numpy = None


def run(p, here, base, checks, kind="number"):
    for name, values in (("here", here), ("base", base)):
        p.write(name + ".csv", "v,w\n" + "".join("%s,1\n" % ("" if v is None else repr(v) if isinstance(v, float) else v) for v in values))
    columns = "    columns: {v: %s}\n" % kind if kind else ""
    p.catalog("assets:\n  base:\n    path: base.csv\n%s  here:\n    path: here.csv\n%s    checks:\n" % (columns, columns) +
              "".join("      - drift: {column: v, against: base, %s}\n" % c for c in checks))
    done = p.json("check", "here")
    return done, [c for c in done.json["assets"][0]["checks"] if not c["implicit"]] if done.out else []


def near(got, want):
    assert abs(got - want) <= 1e-9 * max(abs(want), 1e-12), (got, want)


ALL = ["method: ks, max: 2", "method: wasserstein, max: 1e300", "method: psi, max: 1e300", "method: js, max: 2", "method: chi_square, max: 1e300"]


@test
def numbers_drift_as_scipy_says(p):
    if numpy is None:
        return "scipy is not here"
    r = random.Random(2)
    for here, base in (([r.gauss(0, 1) for _ in range(400)], [r.gauss(.3, 1.2) for _ in range(300)]), ([1.0, 1.0, 2.0], [1.0, 3.0]),
                       ([float(r.randrange(4)) for _ in range(100)], [float(r.randrange(5)) for _ in range(80)]), ([5.0] * 9, [5.0] * 4),
                       ([1e9 + r.random() for _ in range(50)], [1e9 + r.random() / 2 for _ in range(50)])):
        _, got = run(p, here + [None], base + [None, None], ALL)
        value = [c["result"]["observed_value"] for c in got]
        ks = scipy.stats.ks_2samp(here, base, method="exact")
        near(value[0], ks.statistic)
        near(got[0]["result"]["details"]["p_value"], ks.pvalue)
        near(value[1], scipy.stats.wasserstein_distance(here, base))
        edges = sorted(set(numpy.quantile(base, [i / 10 for i in range(1, 10)]).tolist()))
        a, b = (numpy.bincount(numpy.searchsorted(edges, x, side="left"), minlength=len(edges) + 1).astype(float) for x in (here, base))
        used = (a > 0) | (b > 0)
        q, s = numpy.maximum(a, .5) / a.sum(), numpy.maximum(b, .5) / b.sum()
        near(value[2], float(((q - s) * numpy.log(q / s))[used].sum()))
        near(value[3], float(jensenshannon(a, b, 2)) if list(a / a.sum()) != list(b / b.sum()) else 0)
        if used.sum() > 1:
            chi = scipy.stats.chi2_contingency(numpy.array([a[used], b[used]]), correction=False)
            near(value[4], chi[0])
            near(got[4]["result"]["details"]["p_value"], chi[1])
        else:
            same((value[4], got[4]["result"]["details"]["p_value"]), (0, 1))


@test
def categories_are_compared_by_their_shares(p):
    here, base = ["a"] * 30 + ["b"] * 50 + ["new"] * 20, ["a"] * 60 + ["b"] * 90 + ["gone"] * 50
    _, got = run(p, here, base, ALL[2:], kind="string")
    a, b = Counter(here), Counter(base)
    psi = sum((x - y) * math.log(x / y) for x, y in ((max(a[k], .5) / 100, max(b[k], .5) / 200) for k in set(a) | set(b)))
    near(got[0]["result"]["observed_value"], psi)
    same(got[0]["result"]["details"], {"method": "psi", "binning": "categories", "bins": 4})
    js = 0
    for k in set(a) | set(b):
        x, y = a[k] / 100, b[k] / 200
        js += sum(z * math.log2(2 * z / (x + y)) / 2 for z in (x, y) if z)
    near(got[1]["result"]["observed_value"], math.sqrt(js))


@test
def drift_fails_past_its_bound_and_is_an_error_without_values(p):
    done, got = run(p, [1.0, 2.0, 3.0], [10.0, 20.0, 30.0], ["method: ks, max: 0.5", "method: ks, min_p: 0.05", "method: ks, min_p: 0.5", "method: wasserstein, max: 18"])
    same([c["outcome"] for c in got], ["fail", "pass", "fail", "pass"])
    contains(got[0]["message"], "to base is 1", "at most 0.5")
    for here, base, kind, word in (([], [1.0], "number", "no values here"), ([1.0], [None], "number", "no values in the baseline"),
                                   ([1.0, float("inf")], [2.0], "number", "infinite")):
        done, got = run(p, here, base, ["method: wasserstein, max: 1"], kind)
        same((done.status, got[0]["outcome"]), (3, "error"))
        contains(got[0]["message"], word)


@test
def mistakes_in_a_drift_are_told(p):
    for check, word in (("method: ks", "needs max or min_p"), ("method: kl, max: 1", "cannot be 'kl'"), ("method: ks, bins: 5, max: 1", "has no bins"),
                        ("method: psi, min_p: 0.5", "has no probability"), ("max: -1", "never below 0"), ("method: ks, max: 1", "needs numbers")):
        done, _ = run(p, ["a"], ["b"], [check], "string")
        same((check, done.status), (check, 2))
        contains(done.err, word)
    p.write("here.csv", "v\n1\n")
    p.catalog("assets:\n  here:\n    path: here.csv\n    checks:\n      - drift: {column: v, against: nobody, max: 1}\n")
    p.weir("check").expect(2, "no asset 'nobody'")
