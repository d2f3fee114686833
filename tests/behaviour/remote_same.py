"""What a service keeps, printed by the commands of another machine: the same as by those beside its state."""
import contextlib
import json
import re

from project import Project, contains, same, test
from service import Service

CATALOG = """assets:
  raw/orders:
    path: orders.csv
    owners: [team:orders]
    freshness: {max_age: 2h}
    checks:
      - not_null: id
      - {between: {column: n, max: 9}, name: small}
  raw/customers: {path: customers.csv, exposed: true, checks: [unique: id]}
  marts/sales:
    depends_on: [raw/orders, raw/gone]
    exposed: true
"""


def write_data(p):
    p.catalog(CATALOG)
    p.write("orders.csv", "id,n\n1,5\n,20\n")
    p.write("customers.csv", "id\n1\n2\n")


@contextlib.contextmanager
def client():
    """Another machine: the same catalog, and the data."""
    c = Project()
    try:
        write_data(c)
        yield c
    finally:
        c.close()


def remote(c, s, *args, **how):
    return c.weir(args[0], "--server", s.address, *args[1:], now="", **how)


def outcomes(done):
    return {c["id"]: (c["outcome"], "waived" in c) for a in done.json["assets"] for c in a["checks"] if not c["implicit"]}


@test
def what_the_service_puts_up_with_is_a_warning_where_the_data_is_checked(p):
    write_data(p)
    with client() as c, Service(p) as s:
        done = remote(c, s, "check", "raw/orders", "--format", "json").expect(1)
        same(sorted(i["change"] for i in done.json["incidents"]), ["opened", "opened"])
        ids = sorted(outcomes(done))
        same([outcomes(done)[i] for i in ids], [("fail", False)] * 2)
        remote(c, s, "waive", ids[0], "--until", "2d", "--reason", "OPS-1").expect(0)
        done = remote(c, s, "check", "raw/orders", "--format", "json").expect(1)
        same([outcomes(done)[i] for i in ids], [("warn", True), ("fail", False)])
        remote(c, s, "waive", ids[1], "--until", "2d", "--reason", "OPS-2").expect(0)
        done = remote(c, s, "check", "raw/orders", "--format", "json").expect(0)
        same(done.json["outcome"], "warn")
        contains(remote(c, s, "check", "raw/orders").expect(0).out, "OPS-1", "OPS-2")
        remote(c, s, "check", "raw/orders", "--strict").expect(1)
        # The same as beside the state.
        same(outcomes(p.json("check", "raw/orders", now="").expect(0)), outcomes(done))
        remote(c, s, "waive", "--end", ids[1]).expect(0)
        remote(c, s, "check", "raw/orders").expect(1)


@test
def a_guarded_run_goes_by_the_waivers_of_the_service(p):
    text = "assets:\n  made: {path: made.csv, exposed: true, publish: {stage: made.new}, checks: [{between: {column: n, max: 9}, name: small}]}\n"
    p.catalog(text)
    with client() as c, Service(p) as s:
        c.catalog(text)
        words = "run", "made", "--", "sh", "-c", "printf 'n\\n20\\n' >$WEIR_STAGE"
        contains(remote(c, s, *words).expect(1).err, "not published")
        check = "made:small"
        remote(c, s, "waive", check, "--until", "2d", "--reason", "OPS-3").expect(0)
        remote(c, s, *words).expect(0)
        with open(c.path("made.csv"), encoding="utf-8") as f:
            same(f.read(), "n\n20\n")
