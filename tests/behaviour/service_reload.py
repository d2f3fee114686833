"""Reloads: in a thread of their own, one after the other, and never to something worse."""
import os
import signal
import time

from project import contains, same, test
from service import Service
from service_work import until


def metric(s, name):
    line, = [x for x in s.get("/metrics").expect(200).text.splitlines() if x.startswith(name + " ")]
    return float(line.split()[1])


def reloads(s):
    return tuple(int(metric(s, 'weir_reloads_total{outcome="%s"}' % o)) for o in ("done", "failed"))


def many(n, last):
    """It takes a while to load."""
    return ("assets:\n" + "".join("  a%d: {exposed: true, freshness: {max_age: 1d}, checks: []}\n" % i for i in range(n)) +
            "  %s: {exposed: true}\n" % last)


@test
def a_storm_of_signals_loads_one_after_the_other_and_ends_with_the_last(p):
    p.catalog(many(3000, "first"))
    with Service(p) as s:
        p.write("new.yaml", many(3000, "last"))
        for i in range(100):
            if i == 50:
                os.rename(p.path("new.yaml"), p.path("weir.yaml"))
            s.signal(signal.SIGHUP)
            time.sleep(0.002)
        until(lambda: s.get("/v1/assets/last").status == 200, 30)
        done, failed = reloads(s)
        # 200 ms of signals, and a load takes longer than two of them.
        assert failed == 0 and 1 <= done < 50, (done, failed)
        s.raw("GET", "/readyz").expect(200)


@test
def the_service_answers_in_time_while_a_large_catalog_is_loaded(p):
    p.catalog(many(20000, "first"))
    with Service(p) as s:
        p.catalog(many(20000, "last"))
        before = metric(s, "weir_scheduler_ticks_total")
        s.signal(signal.SIGHUP)
        began, longest = time.monotonic(), 0
        while not s.wait_log("loaded anew", 0.01):
            asked = time.monotonic()
            s.raw("GET", "/readyz")
            longest = max(longest, time.monotonic() - asked)
            assert time.monotonic() - began < 60
        took = time.monotonic() - began
        assert metric(s, "weir_scheduler_ticks_total") > before + 5
        # What is left to the keeper is to swap: a part of the time that loading takes.
        return "%.2f s, the longest answer %.2f s" % (took, longest)


@test
def a_catalog_that_is_broken_is_told_until_it_is_right_again(p):
    p.catalog("assets: {a: {exposed: true}}\n")
    with Service(p) as s:
        ready = s.get("/readyz").expect(200).json
        assert "catalog_trouble" not in ready, ready
        same(metric(s, "weir_catalog_last_reload_successful"), 1)
        p.catalog("assets: {a: {exposd: true}}\n")
        s.signal(signal.SIGHUP)
        assert s.wait_log("the catalog has mistakes: the one that was loaded before stays in use"), s.logged
        again = until(lambda: [r for r in [s.get("/readyz").expect(200).json] if "catalog_trouble" in r])[0]
        contains(again["catalog_trouble"], "mistakes")
        assert again["catalog_loaded_at"] < time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), again
        same((metric(s, "weir_catalog_last_reload_successful"), reloads(s)), (0, (0, 1)))
        s.get("/v1/assets/a").expect(200)
        p.catalog("assets: {a: {exposed: true}, b: {exposed: true}}\n")
        s.signal(signal.SIGHUP)
        until(lambda: s.get("/v1/assets/b").status == 200)
        assert "catalog_trouble" not in s.get("/readyz").json
        same((metric(s, "weir_catalog_last_reload_successful"), reloads(s)), (1, (1, 1)))


@test
def a_catalog_that_lost_its_assets_is_not_taken_unless_it_says_so(p):
    p.catalog("assets: {a: {exposed: true}}\n")
    with Service(p) as s:
        for n, text in enumerate(("", "project: shop\n", "project: shop\nassets:\n"), 1):
            # A writer that is not done yet.
            with open(p.path("weir.yaml"), "w") as f:
                f.write(text)
            s.signal(signal.SIGHUP)
            until(lambda: reloads(s) == (0, n))
            s.get("/v1/assets/a").expect(200)
        contains(s.logged, "has no assets any more: the one that was loaded before stays in use", "say `assets: {}`")
        p.catalog("assets: {}\n")
        s.signal(signal.SIGHUP)
        until(lambda: s.get("/v1/assets/a").status == 404)
        p.catalog("assets:\n")
        s.signal(signal.SIGHUP)
        until(lambda: reloads(s) == (2, 3))


@test
def a_stop_ends_a_load_that_is_under_way(p):
    p.catalog(many(3000, "first"))
    s = Service(p)
    s.signal(signal.SIGHUP)
    s.stop()


@test
def a_reload_forgets_assets_that_were_about_to_be_looked_at(p):
    p.write("x.csv", "x\n1\n")
    p.catalog("service: {probe_every: 1s, workers: 1}\nassets:\n  kept: {exposed: true}\n" +
              "".join("  gone%d: {path: x.csv, exposed: true}\n" % i for i in range(400)))
    with Service(p) as s:
        p.catalog("assets: {kept: {exposed: true}}\n")
        s.signal(signal.SIGHUP)
        assert s.wait_log("loaded anew"), s.logged
        s.get("/v1/assets/gone1").expect(404)
        s.get("/v1/assets/kept").expect(200)
