"""Data that the machine of the service does not see: what others report of it counts, and nothing else."""
import contextlib
import os
import shutil
import time

from project import Project, contains, same, test
from service import Service, key
from service_gates import BAD, GATE, GOOD, ask, kinds, replace

CATALOG = """%ssources:
  lake: {url: "file:data"%s}
assets:
  raw/orders:
    source: lake
    path: orders.csv
    checks: [not_null: id]
  raw/customers:
    source: lake
    path: customers.csv
    checks: [unique: id]
  marts/sales:
    depends_on: [raw/orders]
    exposed: true
"""
HERE, LAKE = CATALOG % ("", ""), CATALOG % ("", ", elsewhere: true")


@contextlib.contextmanager
def client(p, catalog=LAKE):
    """Another machine: the same catalog, and the data."""
    c = Project()
    try:
        c.catalog(catalog)
        c.write("data/orders.csv", GOOD)
        c.write("data/customers.csv", "id\n1\n")
        p.catalog(catalog)
        yield c
    finally:
        c.close()


def check(c, s, status, *args):
    return c.weir("check", "raw/orders", "--server", s.address, *args, now="").expect(status)


def gate(c, s, status, *args):
    done = c.weir("gate", "marts/sales", "--server", s.address, "--format", "json", *args, now="").expect(status)
    return kinds(done.json)


@test
def a_gate_of_the_service_follows_data_that_only_others_see(p):
    for catalog in (LAKE, CATALOG % ("service: {elsewhere: true}\n", ""),
                    HERE.replace("source: lake\n    path: orders.csv", "path: data/orders.csv\n    elsewhere: true")):
        with client(p, catalog) as c, Service(p, "--store", p.path("state-%d.db" % len(os.listdir(p.dir)))) as s:
            same(kinds(ask(s)), ["missing"])
            replace(c, "data/orders.csv", BAD)
            check(c, s, 1)
            same(kinds(ask(s)), ["check_failed"])
            same(gate(c, s, 1), ["check_failed"])
            replace(c, "data/orders.csv", GOOD + "2,2\n")
            same(kinds(ask(s)), ["check_failed"])
            same(gate(c, s, 1), ["changed", "check_failed"])
            check(c, s, 0)
            for _ in range(2):
                open_ = ask(s)
                same((open_["decision"], open_["inputs"][0]["elsewhere"], open_["inputs"][0]["checks"]), ("allow", True, "pass"))
                assert open_["inputs"][0]["observed_at"] > "2026", open_
                same(ask(s, look=1)["decision"], "allow")
            same(gate(c, s, 0), [])
            same(gate(c, s, 0, "--wait", "1s"), [])
            # Replaced, and checked by nobody: the service cannot know, the machine with the data does.
            replace(c, "data/orders.csv", BAD + "3,3\n")
            same(ask(s)["decision"], "allow")
            same(gate(c, s, 1), ["changed"])
            same(gate(c, s, 1, "--wait", "1s"), ["changed"])
            # An event says that it is another now; nobody says which.
            s.post("/v1/events", {"asset": "raw/orders"}).expect(201)
            same(kinds(ask(s)), ["unchecked"])
            contains(str(ask(s, run=1)), "weir check raw/orders --server URL")
            check(c, s, 1)
            same(kinds(ask(s)), ["check_failed"])
            os.unlink(c.path("data/orders.csv"))
            check(c, s, 3)
            same(kinds(ask(s)), ["missing"])
            replace(c, "data/orders.csv", GOOD)
            check(c, s, 0)
            same(ask(s)["decision"], "allow")


@test
def the_service_never_looks_at_what_lies_elsewhere(p):
    with client(p) as c:
        # An old copy lies where the service would look.
        shutil.copytree(c.path("data"), p.path("data"))
        with Service(p) as s:
            same(kinds(ask(s, look=1, run=1)), ["missing"])
            s.post("/v1/runs", {"asset": "raw/orders"}).expect(409, "weir check raw/orders --server URL")
            replace(c, "data/orders.csv", BAD)
            check(c, s, 1)
            same(kinds(ask(s, look=1, run=1)), ["check_failed"])
            s.post("/v1/events", {"asset": "raw/orders", "version": "v1"}).expect(201)
            time.sleep(0.5)
            same(kinds(ask(s, look=1, run=1)), ["unchecked"])
            same([r for r in s.get("/v1/runs").expect(200).json["pending"]], [])


@test
def data_that_could_not_be_read_elsewhere_is_undecided_even_after_a_restart(p):
    with client(p) as c:
        with Service(p) as s:
            check(c, s, 0)
            same(ask(s)["decision"], "allow")
            os.unlink(c.path("data/orders.csv"))
            os.symlink("orders.csv", c.path("data/orders.csv"))
            check(c, s, 3)
            same(kinds(ask(s)), ["undecided"])
        with Service(p) as s:
            same(kinds(ask(s)), ["undecided"])
            os.unlink(c.path("data/orders.csv"))
            replace(c, "data/orders.csv", GOOD)
            check(c, s, 0)
            same(ask(s)["decision"], "allow")


@test
def partitions_that_lie_elsewhere_are_told_one_by_one(p):
    catalog = LAKE.replace("path: orders.csv", "path: \"orders-{d:%Y-%m-%d}.csv\"\n    partitions: {d: {every: day, from: 2026-01-01}}"
                           ).replace("depends_on: [raw/orders]", "depends_on: [raw/orders]\n    partitions: {d: {every: day, from: 2026-01-01}}")
    with client(p, catalog) as c, Service(p) as s:
        for day in ("01", "02"):
            c.write("data/orders-2026-01-%s.csv" % day, GOOD)
        check(c, s, 0)
        for day, expected in (("01", []), ("02", []), ("03", ["missing"])):
            same(kinds(ask(s, partition="2026-01-" + day)), expected)
        s.post("/v1/events", {"asset": "raw/orders", "partition": "2026-01-01"}).expect(201)
        same(kinds(ask(s, partition="2026-01-01")), ["unchecked"])
        same(kinds(ask(s, partition="2026-01-02")), [])
        check(c, s, 0)
        same(kinds(ask(s, partition="2026-01-01")), [])
        replace(c, "data/orders-2026-01-02.csv", BAD)
        same(gate(c, s, 1, "--partition", "2026-01-02"), ["changed"])
        same(gate(c, s, 0, "--partition", "2026-01-01"), [])
        os.unlink(c.path("data/orders-2026-01-02.csv"))
        check(c, s, 0)
        same(kinds(ask(s, partition="2026-01-02")), ["missing"])


@test
def keys_of_a_relationship_that_lie_elsewhere_are_part_of_what_was_judged(p):
    with client(p, LAKE.replace("not_null: id", "relationships: {column: customer, to: raw/customers, field: id}")) as c, \
            Service(p) as s:
        check(c, s, 0)
        same(ask(s)["decision"], "allow")
        replace(c, "data/customers.csv", "id\n2\n")
        c.weir("check", "raw/customers", "--server", s.address, now="").expect(0)
        same(kinds(ask(s)), ["unchecked"])
        check(c, s, 1)
        same(kinds(ask(s)), ["check_failed"])


@test
def results_that_were_left_over_do_not_hide_what_was_seen_since(p):
    with client(p) as c:
        with Service(p) as s:
            address = s.address
        check_failed = c.weir("check", "raw/orders", "--server", address, now="").expect(3)
        contains(check_failed.err, "kept in")
        time.sleep(0.1)
        left = c.path(".weir/unsent")
        assert os.path.isdir(left)
        port = address.rsplit(":", 1)[1]
        with Service(p, listen="127.0.0.1:" + port) as s:
            d = Project()
            try:
                d.catalog(LAKE)
                d.write("data/orders.csv", BAD)
                d.write("data/customers.csv", "id\n1\n")
                check(d, s, 1)
                same(kinds(ask(s)), ["check_failed"])
                # Now the older ones arrive, of data that was fine then.
                c.weir("check", "raw/customers", "--server", s.address, now="").expect(0)
                same(kinds(ask(s)), ["check_failed"])
            finally:
                d.close()


@test
def what_cannot_be_is_refused_in_the_catalog(p):
    for old, new, words in (
            ("path: orders.csv", "path: orders.csv\n    elsewhere: true", "'elsewhere' is for the whole source 'lake'"),
            ("exposed: true", "exposed: true\n    elsewhere: true", "'elsewhere' means nothing where no data is"),
            ("path: orders.csv", "path: orders.csv\n    schedule: {cron: \"0 6 * * *\"}", "cannot check 'raw/orders' by schedule")):
        p.catalog(LAKE.replace(old, new))
        p.weir("validate").expect(2, words)
