"""What a service keeps, printed by the commands of another machine: the same as by those beside its state."""
import contextlib
import os
import re
import time

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


def wait_until(fulfilled, seconds=20):
    end = time.monotonic() + seconds
    while not fulfilled():
        assert time.monotonic() < end, "it did not come about in %d s" % seconds
        time.sleep(0.05)


def outcomes(done):
    return {c["id"]: (c["outcome"], "waived" in c) for a in done.json["assets"] for c in a["checks"] if not c["implicit"]}


@test
def what_the_service_puts_up_with_is_a_warning_where_the_data_is_checked(p):
    write_data(p)
    with client() as c, Service(p) as s:
        done = remote(c, s, "check", "raw/orders", "--format", "json").expect(1)
        # The service may have checked them itself, meanwhile.
        same([i["change"] in ("opened", "still_open") for i in done.json["incidents"]], [True, True])
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


# Reports ---------------------------------------------------------------------------------------------------------


AGES = r"\d+\.\d\d s\b|(for )?\d+ m?s( ago)?\b|just now"
VARYING = ("run_id", "started_at", "finished_at", "seconds", "age_seconds", "seen_at", "last_at")


def steady(value):
    """JSON without what differs from one moment to the next."""
    if isinstance(value, dict):
        return {k: steady(v) for k, v in value.items() if k not in VARYING}
    if isinstance(value, str):
        return re.sub(AGES, "T", value)
    return [steady(v) for v in value] if isinstance(value, list) else value


def text_of(done):
    return re.sub(AGES, "T", done.out)


def same_output(p, c, s, status, *words):
    """What a command prints beside the state, and through the service."""
    here = p.weir(*words, now="").expect(status)
    same(text_of(remote(c, s, *words).expect(status)), text_of(here), " ".join(words))
    here = p.weir(*words, "--format", "json", now="").expect(status)
    there = remote(c, s, *words, "--format", "json").expect(status)
    same(steady(there.json), steady(here.json), " ".join(words))
    return there.json


PARTS = """  parts: {path: "parts/{d:%Y-%m-%d}.csv", partitions: {d: {every: day, from: 2024-01-01}}, exposed: true, checks: [not_null: id]}
"""


@test
def status_and_orphans_are_told_from_afar_as_beside_the_state(p):
    write_data(p)
    p.catalog(CATALOG + PARTS)
    p.write("parts/2024-01-02.csv", "id\n1\n")
    p.write("parts/2024-01-03.csv", "id\n\n \n")
    p.weir("audit", now="").expect(1)
    with client() as c, Service(p) as s:
        told = same_output(p, c, s, 1, "status")
        same([a["key"] + a["partition"] for a in told["assets"] if a["outcome"] == "fail"][:1], ["raw/orders"])
        same([a["partition"] for a in told["assets"] if a["key"] == "parts"], ["", "2024-01-02", "2024-01-03"])
        same_output(p, c, s, 0, "status", "raw/customers")
        same_output(p, c, s, 1, "status", "raw/customers", "+marts/sales")
        same_output(p, c, s, 1, "status", "check:small")
        for words in ["check:nothing"], ["raw/customers,check:small"]:
            p.weir("status", *words, now="").expect(2)
            remote(c, s, "status", *words).expect(2)
        same(len(same_output(p, c, s, 0, "orphans")["orphans"]) > 0, True)
        same_output(p, c, s, 1, "orphans", "--strict")
        remote(c, s, "status", "raw/nothing").expect(2, "raw/nothing")
        # Without a catalog of one's own.
        c.catalog("assets: {}\n")
        contains(remote(c, s, "status").expect(1).out, "small")


@test
def what_is_late_is_told_from_afar(p):
    write_data(p)
    p.write("orders.csv", "id,n\n1,5\n", at=5 * 3600)
    with client() as c, Service(p) as s:
        wait_until(lambda: s.get("/v1/assets/raw%2Forders").json["freshness"]["status"] != "unknown")
        told = remote(c, s, "fresh", "--format", "json").expect(1).json
        here = p.weir("fresh", "--format", "json", now="").expect(1).json
        same(steady(told["assets"]), steady(here["assets"]))
        same(steady(told["summary"]), steady(here["summary"]))
        contains(remote(c, s, "fresh").expect(1).out, "late", "raw/orders")
        remote(c, s, "fresh", "raw/customers").expect(0)
        remote(c, s, "fresh", "raw/nothing").expect(2)


@test
def a_state_of_many_assets_comes_in_pages(p):
    keys = ["a/%04d" % i for i in range(1203)]
    p.catalog("assets:\n" + "".join("  %s: {exposed: true}\n" % k for k in keys))
    with Service(p) as s:
        told = p.weir("status", "--server", s.address, "--format", "json", now="").expect(0).json
        same([a["key"] for a in told["assets"]], keys)
        page = s.get("/v1/state", kind="fresh", limit=2, select="a/0007\na/0009\na/0011")
        same([a["key"] for a in page.json["assets"]], ["a/0007", "a/0009"])
        rest = s.get(page.header("Link").split(">")[0][1:])
        same(([a["key"] for a in rest.json["assets"]], rest.header("Link")), (["a/0011"], None))
        for wrong in {"select": "x\n" * 1001}, {"cursor": "eA"}, {"cursor": ""}, {"kind": "audit"}, {"select": "!"}:
            s.get("/v1/state", **wrong).expect(400)


@test
def an_audit_checks_here_and_asks_the_service_for_the_rest(p):
    write_data(p)
    p.write("orders.csv", "id,n\n1,5\n", at=5 * 3600)
    p.catalog(CATALOG + PARTS)
    with client() as c, Service(p) as s:
        c.catalog(CATALOG + PARTS)
        wait_until(lambda: s.get("/v1/assets/raw%2Forders").json["freshness"]["status"] != "unknown")
        c.write("orders.csv", "id,n\n1,5\n,20\n", at=5 * 3600)
        c.write("parts/2024-01-02.csv", "id\n1\n")
        c.write("parts/2024-01-03.csv", "id\n\n \n")
        done = remote(c, s, "audit", "--format", "json").expect(1)
        same(done.json["command"], "audit")
        same([(a["key"], a["partition"]) for a in done.json["assets"]],
             [("raw/orders", ""), ("raw/customers", ""), ("parts", ""), ("parts", "2024-01-02"), ("parts", "2024-01-03"), ("marts/sales", "")])
        orders = done.asset("raw/orders")
        same((orders["freshness"]["status"], {k["outcome"] for k in orders["checks"]}), ("fail", {"pass", "fail"}))
        same([o["key"] for o in done.json["orphans"] if o["kind"] == "dangling"], ["raw/gone"])
        contains(remote(c, s, "audit").expect(1).out, "late", "raw/gone", "small")
        # What was found is on record there.
        same(s.get("/v1/runs", kind="audit").json["runs"][0]["outcome"], "fail")
        remote(c, s, "audit", "raw/nothing").expect(2)
        for words in ["audit", "--now", "2024-01-01T00:00:00Z"], ["audit", "--store", "x.db"]:
            c.weir(*words, "--server", s.address, now="").expect(2)


# Incidents -------------------------------------------------------------------------------------------------------


@test
def incidents_and_mutes_are_told_and_changed_from_afar(p):
    write_data(p)
    p.weir("audit", now="").expect(1)
    with client() as c, Service(p) as s:
        os.unlink(c.path("weir.yaml"))
        ids = [i["id"] for i in same_output(p, c, s, 0, "incidents")]
        same(len(ids) > 2, True)
        same_output(p, c, s, 0, "incidents", "list", "--all", "--limit", "2")
        remote(c, s, "incidents", "mute", "--match", "asset=raw/gone", "--for", "2h", "--reason", "OPS-4").expect(0, "in force", "OPS-4")
        remote(c, s, "incidents", "ack", ids[0], "--note", "on it").expect(0)
        remote(c, s, "incidents", "snooze", ids[1], "--for", "1h").expect(0)
        for i in ids:
            same_output(p, c, s, 0, "incidents", "show", i)
        told = same_output(p, c, s, 0, "incidents", "list")
        same(sorted(i["state"] for i in told)[:1] + [i["state"] for i in told if i["id"] in ids[:2]], ["acknowledged", "acknowledged", "snoozed"])
        mutes = same_output(p, c, s, 0, "incidents", "mutes")
        remote(c, s, "incidents", "unmute", mutes[0]["id"]).expect(0)
        same(same_output(p, c, s, 0, "incidents", "mutes"), [])
        same(len(same_output(p, c, s, 0, "incidents", "mutes", "--all")), 1)
        remote(c, s, "incidents", "unmute", mutes[0]["id"]).expect(2, "no mute")
        # An id may be cut short, and must not be too short.
        other = max(len(os.path.commonprefix([i, ids[0]])) for i in ids[1:])
        remote(c, s, "incidents", "show", ids[0][:other + 1]).expect(0, ids[0])
        for short in ids[0][:other], "nothing":
            remote(c, s, "incidents", "show", short).expect(2)
        remote(c, s, "incidents", "resolve", ids[0], "--reason", "done").expect(0)
        same_output(p, c, s, 0, "incidents", "show", ids[0])


@test
def runs_are_shown_from_afar(p):
    write_data(p)
    p.weir("audit", now="").expect(1)
    p.weir("gate", "marts/sales", now="").expect(1)
    run = p.json("audit", now="").json["run_id"]
    with client() as c, Service(p, "--store", p.path(".weir/state.db")) as s:
        os.unlink(c.path("weir.yaml"))
        same_output(p, c, s, 0, "report", run)
        same_output(p, c, s, 0, "report", "gates")
        same(json_ids(remote(c, s, "report", "--list", "--format", "json"))[-1:], json_ids(p.weir("report", "--list", "--format", "json", now=""))[-1:])
        same(len(json_ids(remote(c, s, "report", "--list", "--limit", "1", "--format", "json"))), 1)
        remote(c, s, "report", "nothing").expect(2)
        remote(c, s, "report", run, "--against", run).expect(0)


def json_ids(done):
    return [r["run_id"] for r in done.expect(0).json]
