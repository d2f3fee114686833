"""What a service is told over HTTP, and commands that work beside it."""
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from urllib.parse import quote

from project import WEIR, contains, same, test
from service import Service

CATALOG = """
sources: {data: {url: file:data}}
assets:
  raw/orders:
    aliases: ["openlineage:postgres://db:5432/shop.public.orders", "dagster:shop/orders"]
    freshness: {max_age: 26h}
  raw/customers:
    source: data
    path: customers.csv
    columns: {id: {checks: [not_null]}}
  raw/days:
    partitions: {day: {every: day, from: 2024-05-01}}
  marts/sales:
    depends_on: [raw/orders]
    aliases: ["openlineage:postgres://db:5432/shop.marts.sales"]
"""


def project(p):
    p.catalog(CATALOG)
    p.write("data/customers.csv", "id\n1\n2\n")
    return p


def weir(p, *words):
    """At the time of the clock, as the service works by it."""
    return p.weir(*words, now="")


def events(s, **filters):
    """Those that were told: what the service has seen itself is left out."""
    return [e for e in s.get("/v1/events", **filters).expect(200).json["events"] if e["reporter"] in ("cli", "http", "openlineage", "dagster")]


def stored(p):
    """Events by id, straight from the file."""
    db = sqlite3.connect("file:%s?mode=ro" % p.path(".weir/state.db"), uri=True)
    try:
        return {row[0] for row in db.execute("SELECT id FROM event")}
    finally:
        db.close()


# Events


@test
def an_event_over_http_is_the_same_as_one_by_command(p):
    project(p)
    with Service(p) as s:
        at = "2024-05-10T11:00:00Z"
        s.post("/v1/events", {
            "asset": "marts/sales", "kind": "materialized", "at": at, "version": "42", "code_version": "c1", "rows": 7,
            "data_through": "2024-05-10T00:00:00+02:00", "inputs": ["raw/orders@17"], "metrics": {"auc": 0.5}}).expect(201)
        weir(p, "events", "add", "marts/sales", "--at", at, "--version", "42", "--code-version", "c1", "--rows", "7", "--data-through",
               "2024-05-10T00:00:00+02:00", "--input", "raw/orders@17", "--metric", "auc=0.5").expect(0)
        one, two = events(s)
        for e in one, two:
            del e["id"], e["recorded_at"]
        same((one.pop("reporter"), two.pop("reporter")), ("cli", "http"))
        same(one, two)
        same(one["data_through"], "2024-05-09T22:00:00Z")


@test
def every_mistake_in_a_body_is_told_with_its_place_and_nothing_is_stored(p):
    project(p)
    with Service(p) as s:
        body = [{"asset": "raw/orders"}, {"asset": "raw/order", "kind": "made", "at": "2024-05-10", "rowz": 1},
                {"asset": "raw/orders", "partition": "x", "rows": -1, "inputs": [3], "metrics": {"m": "1", "n/~": None}},
                {"asset": "raw/days", "partition": "2024-05-32"}, {}, 7]
        said = {e["pointer"]: e["detail"] for e in s.post("/v1/events", body).expect(422).json["errors"]}
        same(sorted(said), ["/1/asset", "/1/at", "/1/kind", "/1/rowz", "/2/inputs/0", "/2/metrics/m", "/2/metrics/n~1~0", "/2/partition",
                            "/2/rows", "/3/partition", "/4", "/5"])
        contains(said["/1/asset"], "did you mean 'raw/orders'")
        contains(said["/1/rowz"], "did you mean 'rows'")
        same(events(s), [])
        for body in b"", b"{", b"[", b"[]", b"null", b'{"asset":"raw/orders"} x', b'"x"', b"[" * 100, b'{"asset":"raw/orders","asset":"a"}', \
                b'{"asset":"raw/orders\\u0000"}', b'{"asset":"raw/orders","version":"\xff"}', b'{"asset":"raw/orders","rows":1e3}':
            got = s.post("/v1/events", body)
            assert got.status in (400, 422), "%r: %d" % (body, got.status)
        same(s.post("/v1/events", [{"asset": "raw/orders"}] * 1001).status, 422)
        same(events(s), [])
        same(len(s.post("/v1/events", [{"asset": "raw/orders"}] * 1000).expect(201).json["events"]), 1000)


@test
def what_is_likely_a_mistake_is_taken_with_a_warning(p):
    project(p)
    with Service(p) as s:
        got = s.post("/v1/events", {"asset": "marts/sales", "at": "2999-01-01T00:00:00Z",
                                    "inputs": ["raw/order@7", {"key": "elsewhere"}]}).expect(201).json
        same([w["pointer"] for w in got["warnings"]], ["/inputs/0", "/inputs/1/key", "/at"])


@test
def a_repeated_request_gets_the_first_answer_and_stores_nothing_again(p):
    project(p)
    with Service(p) as s:
        key, body = {"Idempotency-Key": '"a b"'}, {"asset": "raw/orders", "version": "1"}
        first = s.post("/v1/events", body, headers=key).expect(201)
        same(first.header("Idempotency-Replayed"), None)
        again = s.post("/v1/events", body, headers=key).expect(201)
        same((again.body, again.header("Idempotency-Replayed")), (first.body, "true"))
        s.post("/v1/events", dict(body, version="2"), headers=key).expect(422, "Idempotency-Key")
        # Another route may use the same text; a refused request may come again, mended.
        s.post("/v1/metrics", {"asset": "raw/orders", "name": "n", "value": 1}, headers=key).expect(201)
        s.post("/v1/events", {"asset": "nope"}, headers={"Idempotency-Key": "k2"}).expect(422)
        s.post("/v1/events", body, headers={"Idempotency-Key": "k2"}).expect(201)
        for wrong in '"', '""', '"a', 'a b', '"a"b"', '"\\n"', "x" * 256:
            s.post("/v1/events", body, headers={"Idempotency-Key": wrong}).expect(400)
    with Service(p) as s:
        same(s.post("/v1/events", body, headers=key).expect(201).body, first.body)
        same(len(events(s)), 2)


@test
def two_of_one_key_at_once_store_one(p):
    project(p)
    with Service(p) as s:
        s.check(s.raw("GET", "/healthz"))
        got = []

        def send():
            got.append(s.raw("POST", "/v1/events", b'{"asset":"raw/orders"}',
                             {"Content-Type": "application/json", "Idempotency-Key": "once"}))
        threads = [threading.Thread(target=send) for _ in range(12)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        same({a.status for a in got}, {201})
        same(len({a.body for a in got}), 1)
        same(len(events(s)), 1)


@test
def pages_of_events_follow_one_another_without_gaps(p):
    project(p)
    with Service(p) as s:
        # Several of one moment, so that the order within it matters.
        all_events = [{"asset": "raw/orders" if i % 3 else "marts/sales", "at": "2024-05-10T1%d:00:00Z" % (i // 7),
                       "kind": ["materialized", "started"][i % 2], "run_id": "r%d" % (i % 4)} for i in range(23)]
        ids = [e["id"] for e in s.post("/v1/events", all_events).expect(201).json["events"]]
        seen, target = [], "/v1/events?limit=4&until=2025-01-01T00:00:00Z"
        while target:
            got = s.get(target).expect(200)
            seen += [e["id"] for e in got.json["events"]]
            target = got.json["next"]
            assert (target is None) == (got.header("Link") is None)
        same(seen, ids[::-1])
        same(len(events(s, asset="marts/sales")), 8)
        same(len(events(s, kind="started", run_id="r1")), len([i for i in range(23) if i % 2 and i % 4 == 1]))
        same(len(events(s, since="2024-05-10T11:00:00Z", until="2024-05-10T12:00:00Z")), 7)
        s.get("/v1/events?asset=nope").expect(404)
        s.get("/v1/events?cursor=x").expect(400)


@test
def a_metric_is_kept_and_makes_nothing_fresh(p):
    project(p)
    with Service(p) as s:
        s.post("/v1/metrics", {"asset": "raw/orders", "name": "auc", "value": 0.25, "version": "3"}).expect(201)
        for wrong in ({"asset": "raw/orders", "name": "auc"}, {"asset": "raw/orders", "name": "", "value": 1},
                      {"asset": "raw/orders", "name": "raw/orders:x", "value": 1}, {"asset": "x", "name": "a", "value": 1},
                      {"asset": "raw/orders", "name": "a", "value": "1"}):
            s.post("/v1/metrics", wrong).expect(422)
        same(events(s), [])
    db = sqlite3.connect(p.path(".weir/state.db"))
    same(db.execute("SELECT asset, name, value, version FROM metric WHERE name = 'auc'").fetchall(), [("raw/orders", "auc", 0.25, "3")])
    db.close()


# OpenLineage

PRODUCER = {"producer": "https://example.org/x", "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"}


def run_event(kind, at, run="0190a0a0-0000-7000-8000-000000000001", outputs=(), inputs=(), facets=None, **more):
    return dict(PRODUCER, eventType=kind, eventTime=at, run={"runId": run, "facets": facets or {}},
                job={"namespace": "airflow", "name": "shop.sales"}, inputs=list(inputs), outputs=list(outputs), **more)


def dataset(name, space="postgres://db:5432", **facets):
    output = {k: facets.pop(k) for k in list(facets) if k == "outputStatistics"}
    return {"namespace": space, "name": name, "facets": facets, "outputFacets": output}


ORDERS, SALES = dataset("shop.public.orders"), dataset("shop.marts.sales")


def told(s):
    return [(e["kind"], e["asset"], e["at"]) for e in reversed(events(s))]


@test
def a_complete_run_materializes_what_it_or_its_start_named(p):
    project(p)
    with Service(p) as s:
        s.post("/v1/lineage", run_event("START", "2024-05-10T10:00:00.123456789+02:00", outputs=[SALES])).expect(201)
        s.post("/api/v1/lineage", run_event("RUNNING", "2024-05-10T08:30:00Z", outputs=[SALES])).expect(201)
        same(told(s), [("started", "marts/sales", "2024-05-10T08:00:00.123456Z")])
        s.post("/v1/lineage", run_event(
            "COMPLETE", "2024-05-10T09:00:00Z", inputs=[dict(ORDERS, facets={"version": {"datasetVersion": "17"}})],
            facets={"nominalTime": {"nominalStartTime": "2024-05-09T00:00:00Z", "nominalEndTime": "2024-05-10T00:00:00Z"}})).expect(201)
        made = events(s)[0]
        same((made["kind"], made["asset"], made["data_through"]), ("materialized", "marts/sales", "2024-05-10T00:00:00Z"))
        same(made["inputs"], [{"asset": "raw/orders", "version": "17"}])
        # Sent again, it is known.
        again = s.post("/v1/lineage", run_event("COMPLETE", "2024-05-10T09:00:00Z", outputs=[SALES])).expect(201).json
        same((again["events"], again["repeated"]), ([], 1))


@test
def each_event_of_a_batch_is_taken_or_refused_by_itself(p):
    project(p)
    with Service(p) as s:
        batch = [run_event("START", "2024-05-10T08:00:00Z", outputs=[SALES]), {"eventType": "COMPLETE"},
                 run_event("COMPLETE", "2024-05-10T09:00:00Z", outputs=[SALES]), {"run": 7}]
        for n, path in enumerate(("/api/v1/lineage/batch", "/v1/lineage/batch")):
            got = s.post(path, batch).expect(200).json
            same((got["status"], got["summary"]), ("partial_success", {
                "received": 4, "successful": 2, "failed": 2, "retriable": 0, "non_retriable": 2}))
            same([(f["index"], f["retriable"]) for f in got["failed_events"]], [(1, False), (3, False)])
            contains(got["failed_events"][0]["reason"], "the key 'eventTime' is missing")
            # The second time they are known.
            same([e["kind"] for e in events(s)], ["materialized", "started"])
        got = s.post("/api/v1/lineage/batch", batch[:1]).expect(200).json
        same((got["status"], got["failed_events"]), ("success", []))
        for wrong in [], {}, batch[0], [7], [batch[0], "x"], [batch[0]] * 1001:
            s.post("/api/v1/lineage/batch", wrong).expect(422)
        for wrong in b"", b"[", b"[{}", b"[{}] x", b"{":
            s.post("/api/v1/lineage/batch", wrong).expect(400)
        same(len(events(s)), 2)


@test
def a_run_that_is_asked_for_again_under_one_key_is_the_same(p):
    project(p)
    with Service(p) as s:
        key, body = {"Idempotency-Key": "run-1"}, {"asset": "raw/customers"}
        first = s.post("/v1/runs", body, headers=key).expect(202)
        same(first.header("Idempotency-Replayed"), None)
        again = s.post("/v1/runs", body, headers=dict(key, Prefer="wait=20")).expect(200)
        same((again.json["id"], again.json["state"]), (first.json["id"], "done"))
        same((again.header("Idempotency-Replayed"), again.header("Location")), ("true", first.header("Location")))
        same(s.post("/v1/runs", body, headers=key).expect(200).json["id"], first.json["id"])
        s.post("/v1/runs", {"asset": "raw/orders"}, headers=key).expect(422, "Idempotency-Key")
        s.post("/v1/runs", body, headers={"Idempotency-Key": '"'}).expect(400)
        assert s.post("/v1/runs", body, headers={"Idempotency-Key": "run-2"}).expect(202).json["id"] != first.json["id"]
        s.post("/v1/runs", {"asset": "nope"}, headers={"Idempotency-Key": "run-3"}).expect(404)
        s.post("/v1/runs", body, headers={"Idempotency-Key": "run-3"}).expect(202)
    # What was never begun, as the service ended before, is asked for anew.
    with Service(p) as s:
        same(s.post("/v1/runs", body, headers=key).expect(200).json["id"], first.json["id"])


@test
def results_without_any_are_refused(p):
    project(p)
    with Service(p) as s:
        for nothing in {}, {"observed": []}, {"report": None, "events": None}:
            s.post("/v1/results", nothing).expect(422)
        s.post("/v1/results", {}).expect(422, "there is nothing in it")
        s.post("/v1/results", {"trouble": "no disk"}).expect(422, "is no result")


@test
def lineage_of_what_the_catalog_does_not_know_is_taken_and_counted(p):
    project(p)
    with Service(p) as s:
        got = s.post("/v1/lineage", run_event("COMPLETE", "2024-05-10T09:00:00Z", outputs=[dataset("x.y.z"), dataset("k", "s3://b")]))
        same((got.expect(201).json["unknown"], got.json["unknown_datasets"]), (2, ["postgres://db:5432/x.y.z", "s3://b/k"]))
        same(events(s), [])


@test
def the_end_of_a_run_is_told_from_what_it_leaves(p):
    project(p)
    with Service(p) as s:
        def lifecycle(state):
            return dataset("shop.marts.sales", lifecycleStateChange={"lifecycleStateChange": state})
        s.post("/v1/lineage", run_event("START", "2024-05-10T07:00:00Z", "r1", [SALES])).expect(201)
        s.post("/v1/lineage", run_event("FAIL", "2024-05-10T07:10:00Z", "r1", facets={
            "errorMessage": {"message": "no space left\n" + "x" * 9000, "programmingLanguage": "SQL"}})).expect(201)
        same(events(s)[0]["kind"], "failed")
        same(events(s)[0]["note"][:13], "no space left")
        s.post("/v1/lineage", run_event("ABORT", "2024-05-10T07:20:00Z", "r2", [SALES])).expect(201)
        for i, state in enumerate(["DROP", "TRUNCATE", "RENAME"]):
            s.post("/v1/lineage", run_event("COMPLETE", "2024-05-10T08:00:00Z", "r3%d" % i, [lifecycle(state)])).expect(201)
        s.post("/v1/lineage", run_event("OTHER", "2024-05-10T08:05:00Z", "r5", [SALES])).expect(201)
        same([k for k, _, _ in told(s)], ["started", "failed", "failed"])
        s.post("/v1/lineage", run_event("COMPLETE", "2024-05-10T08:10:00Z", "r4", [dict(
            lifecycle("OVERWRITE"), outputFacets={"outputStatistics": {"rowCount": 12, "size": 3}})])).expect(201)
        same((events(s)[0]["kind"], events(s)[0]["rows"]), ("materialized", 12))


@test
def a_symlink_is_a_name_as_well(p):
    project(p)
    with Service(p) as s:
        s.post("/v1/lineage", run_event("COMPLETE", "2024-05-10T08:10:00Z", "r", [dataset(
            "/warehouse/sales", "file", symlinks={"identifiers": [
                {"namespace": "hive://h:1", "name": "a.b", "type": "TABLE"},
                {"namespace": "postgres://db:5432", "name": "shop.marts.sales", "type": "TABLE"}]})])).expect(201)
        same(told(s), [("materialized", "marts/sales", "2024-05-10T08:10:00Z")])


@test
def odd_facets_are_passed_over_and_broken_events_refused(p):
    project(p)
    with Service(p) as s:
        odd = dict(SALES, facets={"version": 7, "symlinks": {"identifiers": "x"}, "lifecycleStateChange": [], "own": {"a": [1, {}]}},
                   outputFacets={"outputStatistics": {"rowCount": -1.5}}, more=1)
        s.post("/v1/lineage", run_event("COMPLETE", "2024-05-10T08:10:00Z", "r", [odd], facets={"nominalTime": "x"}, extra=[])).expect(201)
        same(len(events(s)), 1)
        good = run_event("COMPLETE", "2024-05-10T08:10:00Z", "r9", [SALES])
        for key in "eventTime", "run", "job":
            s.post("/v1/lineage", {k: v for k, v in good.items() if k != key}).expect(422)
        for wrong in dict(good, eventTime="yesterday"), dict(good, outputs={}), dict(good, outputs=[{"name": "x"}]), [good]:
            s.post("/v1/lineage", wrong).expect(422)
        s.post("/v1/lineage", b'{"eventTime":').expect(400)
        same(len(events(s)), 1)


# Dagster


def dagster(s, path, body=None, headers=None):
    """Its answers are no problems of RFC 9457, so they are not held against what holds for all."""
    if body is not None:
        headers = dict(headers or {}, **{"Content-Type": "application/json"})
        body = json.dumps(body).encode()
    got = s.raw("POST", path, body, headers)
    return got.status, got.json


@test
def what_reports_to_dagster_reports_to_weir(p):
    project(p)
    with Service(p) as s:
        same(dagster(s, "/report_asset_materialization/shop/orders", {
            "data_version": "v7", "description": "by hand", "metadata": {"dagster/row_count": 12, "score": 0.5, "who": "me"}}), (200, {}))
        e = events(s)[0]
        same((e["kind"], e["asset"], e["version"], e["note"], e["rows"], e["reporter"]),
             ("materialized", "raw/orders", "v7", "by hand", 12, "dagster"))
        same(e["metrics"], {"dagster/row_count": 12, "score": 0.5})
        same(dagster(s, "/report_asset_materialization/?asset_key=%s&partition=2024-05-03&metadata=%s" % (
            quote('["raw", "days"]'), quote('{"n": 1}'))), (200, {}))
        same((events(s)[0]["asset"], events(s)[0]["partition"], events(s)[0]["metrics"]), ("raw/days", "2024-05-03", {"n": 1}))
        same(dagster(s, "/report_asset_observation/raw/orders", {"metadata": {"dagster/last_updated_timestamp": 1715342400}}), (200, {}))
        same((events(s)[0]["kind"], events(s)[0]["updated_at"]), ("observed", "2024-05-10T12:00:00Z"))
        for path, body in (("/report_asset_materialization/", None), ("/report_asset_materialization/nope", {}),
                           ("/report_asset_materialization/raw/orders", {"metadata": [1]}),
                           ("/report_asset_materialization/raw/orders?metadata=x", None),
                           ("/report_asset_check/raw/orders", {"check_name": "c"}), ("/report_asset_check/raw/orders", {"passed": True}),
                           ("/report_asset_check/raw/orders", {"check_name": "c", "passed": "yes"}),
                           ("/report_asset_check/raw/orders", {"check_name": "c", "passed": True, "severity": "BAD"})):
            status, answer = dagster(s, path, body)
            same((path, status, list(answer)), (path, 400, ["error"]))


@test
def a_check_reported_from_elsewhere_closes_gates_and_replaces_no_verdict(p):
    project(p)
    with Service(p) as s:
        def gate():
            return {(r["kind"], r.get("check")) for r in weir(p, "gate", "marts/sales", "--format", "json").json["reasons"]}
        s.post("/v1/events", {"asset": "raw/orders", "version": "1"}).expect(201)
        report = {"asset_key": ["shop", "orders"], "check_name": "not_null:id", "passed": False, "metadata": {"nulls": 12}}
        same(dagster(s, "/report_asset_check/", report), (200, {}))
        mine = ("check_failed", "raw/orders:external:not_null:id")
        assert mine in gate(), gate()
        shown = weir(p, "status", "--format", "json").expect(1)
        same(shown.check(mine[1])["outcome"], "fail")
        same(shown.check(mine[1])["result"], {"details": {"nulls": 12}})
        same(dagster(s, "/report_asset_check/", dict(report, passed=True)), (200, {}))
        assert mine not in gate(), gate()
        same(dagster(s, "/report_asset_check/", dict(report, severity="WARN")), (200, {}))
        assert ("warned", mine[1]) in gate(), gate()
        same(dagster(s, "/report_asset_check/", report), (200, {}))
        assert mine in gate(), gate()
        # It spoke of that version.
        s.post("/v1/events", {"asset": "raw/orders", "version": "2"}).expect(201)
        assert mine not in gate(), gate()


@test
def a_failure_that_others_found_opens_an_incident_tells_of_it_and_ends_when_they_find_it_well(p):
    """By Dagster's endpoint; by results of another machine; the report of a whole audit says nothing of what no catalog declares."""
    p.catalog("""alerts: {enabled: true, flapping: off, channels: {ops: {type: command, command: ["true"]}}, routes: [{to: ops}]}
service: {probe_every: off}
assets:
  raw/orders: {aliases: ["dagster:shop/orders"], exposed: true}
  raw/customers: {path: customers.csv, exposed: true, checks: [not_null: id]}
""")
    p.write("customers.csv", "id,n\n1,1\n,2\n")

    def there(s):
        return [(i["check"], i["state"]) for i in s.get("/v1/incidents", state="all").expect(200).json["incidents"] if i["check"]]

    with Service(p) as s:
        s.post("/v1/events", {"asset": "raw/orders", "version": "1"}).expect(201)
        told = "raw/orders:external:totals"
        report = {"asset_key": ["shop", "orders"], "check_name": "totals", "passed": False}
        for passed, state in ((False, "open"), (False, "open"), (True, "resolved"), (True, "resolved")):
            same(dagster(s, "/report_asset_check/", dict(report, passed=passed)), (200, {}))
            same(there(s), [(told, state)])
        same(dagster(s, "/report_asset_check/", dict(report, severity="WARN")), (200, {}))
        same([(c, st) for c, st in there(s) if st == "open"], [(told, "open")])
        weir(p, "audit")
        same([(c, st) for c, st in there(s) if st == "open" and "external" in c], [(told, "open")])
        # Elsewhere: a copy of the project that has the results only.
        found = "raw/customers:not_null:id"
        server = ["check", "raw/customers", "--server", "http://%s:%d" % (s.host, s.port)]
        p.weir(*server, now="").expect(1)
        same([st for c, st in there(s) if c == found], ["open"])
        p.write("customers.csv", "id,n\n1,1\n2,2\n")
        p.weir(*server, now="").expect(0)
        same([st for c, st in there(s) if c == found], ["resolved"])
        types = [r[0] for r in messages(p)]
        same([types.count("incident." + t) for t in ("opened", "resolved")], [3, 2])


def messages(p):
    db = sqlite3.connect("file:%s?mode=ro" % p.path(".weir/state.db"), uri=True)
    try:
        return db.execute("SELECT type FROM message ORDER BY seq").fetchall()
    finally:
        db.close()


# Commands beside the service


@test
def commands_work_while_a_service_runs_and_leave_the_writing_to_it(p):
    project(p)
    with Service(p) as s:
        weir(p, "events", "add", "raw/orders", "--version", "5").expect(0)
        weir(p, "check").expect(0)
        weir(p, "waive", "raw/customers:not_null:id", "--until", time.strftime("%Y-%m-%d", time.gmtime(time.time() + 9e6)), "--reason", "known").expect(0)
        weir(p, "gate", "marts/sales").expect(0, "ALLOW")
        weir(p, "status").expect(0)
        weir(p, "store", "prune").expect(0)
        weir(p, "doctor")
        same([(e["kind"], e["asset"]) for e in events(s, asset="raw/orders")], [("materialized", "raw/orders")])
    if not shutil.which("strace"):
        return "no strace here: that the file is opened for reading only is shown by the unit tests"
    with Service(p) as s:
        for words in (["check"], ["events", "add", "raw/orders"], ["gate", "marts/sales"]):
            log = p.path("trace")
            subprocess.run(["strace", "-f", "-e", "trace=open,openat", "-o", log, WEIR] + words, cwd=p.dir, env=p.env,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            with open(log) as f:
                opened = [line for line in f if "state.db\"" in line]
            assert opened and not [line for line in opened if "O_RDWR" in line or "O_WRONLY" in line], opened
    return None


@test
def a_service_killed_at_any_moment_loses_nothing_that_it_acknowledged(p):
    project(p)
    rng = random.Random(7)
    acknowledged = set()
    for round_ in range(3):
        s = Service(p)
        stop = threading.Event()
        lock = threading.Lock()

        def over_http(n):
            while not stop.is_set():
                try:
                    got = s.raw("POST", "/v1/events", json.dumps([{"asset": "raw/orders"}] * n).encode(),
                                {"Content-Type": "application/json"})
                except OSError:
                    continue
                except Exception:  # an answer that was cut off
                    continue
                if got.status == 201:
                    with lock:
                        acknowledged.update(e["id"] for e in got.json["events"])

        def by_command():
            while not stop.is_set():
                done = weir(p, "events", "add", "raw/orders", "--verbose")
                if done.status == 0:
                    with lock:
                        acknowledged.add(done.out.strip())

        threads = [threading.Thread(target=over_http, args=(n,)) for n in (1, 3)] + [threading.Thread(target=by_command)]
        for t in threads:
            t.start()
        time.sleep(rng.uniform(0.4, 1.2))
        s.kill()
        time.sleep(0.3)  # commands go on without it
        stop.set()
        for t in threads:
            t.join()
        missing = acknowledged - stored(p)
        assert not missing, "round %d: %d of %d are gone" % (round_, len(missing), len(acknowledged))
    assert len(acknowledged) > 10, len(acknowledged)
    weir(p, "doctor").expect(0)


@test
def a_command_killed_at_any_moment_leaves_all_of_its_run_or_nothing(p):
    project(p)
    p.write("data/customers.csv", "id\n" + "1\n" * 1000)
    rng = random.Random(11)
    with Service(p) as s:
        for _ in range(8):
            c = subprocess.Popen([WEIR, "check"], cwd=p.dir, env=p.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(rng.uniform(0.01, 0.35))
            c.send_signal(signal.SIGKILL)
            c.wait()
        weir(p, "check").expect(0)
        s.get("/healthz").expect(200)
    db = sqlite3.connect(p.path(".weir/state.db"))
    counts = {n for (n,) in db.execute("SELECT count(v.seq) FROM run r LEFT JOIN verdict v ON v.run = r.id"
                                     " WHERE r.kind = 'check' GROUP BY r.id")}
    same(len(counts), 1, "verdicts of a run: %r" % counts)
    db.close()


@test
def a_socket_left_behind_by_a_crash_stops_nobody(p):
    project(p)
    s = Service(p)
    s.kill()
    assert os.path.exists(p.path(".weir/state.db.service"))
    weir(p, "events", "add", "raw/orders").expect(0)
    with Service(p) as s:
        same(len(events(s)), 1)
    assert not os.path.exists(p.path(".weir/state.db.service"))
