"""weir serve among enemies: who asks without the right to, data that was made to do harm, secrets that somebody looks for."""
import base64
import json
import os
import re
import socket
import sqlite3
import time

from project import same, test
from service import Service, key

QUIET = "service: {probe_every: off%s}\n"
SCOPES = ("read", "ingest", "gate", "admin")

# By what a route is good for; all others are to be read.
OPEN = {"/", "/app.css", "/app.js", "/healthz", "/readyz", "/openapi.json"}
INGEST = {"/v1/events", "/v1/lineage", "/api/v1/lineage", "/v1/lineage/batch", "/api/v1/lineage/batch", "/v1/metrics", "/v1/results",
          "/v1/runs", "/report_asset_check/{asset_key}", "/report_asset_materialization/{asset_key}", "/report_asset_observation/{asset_key}"}


def good_for(method, path):
    if path in OPEN:
        return set(SCOPES)
    if path.startswith("/v1/gates/"):
        return {"gate", "admin"}
    if path == "/v1/assets/{key}/past":
        return {"read", "ingest", "admin"}  # who judges needs what to compare with
    if method == "GET":
        return {"read", "admin"}
    return {"ingest", "admin"} if path in INGEST else {"admin"}


@test
def each_call_is_open_to_its_scopes_and_to_no_other(p):
    p.write("a.csv", "x\n1\n")
    p.catalog((QUIET % ", require_token: true") + "assets:\n  raw/a: {path: a.csv, exposed: true}\n")
    tokens = {scope: p.weir("token", "add", scope, "--scope", scope, now="").expect(0).out.strip() for scope in SCOPES}
    with Service(p) as s:
        described = s.raw("GET", "/openapi.json").expect(200).json["paths"]
        calls = [(m.upper(), path) for path, methods in described.items() for m in methods]
        assert len(calls) > 35, calls
        for method, path in calls:
            target, body = re.sub(r"{[^}]*}", "raw%2Fa", path), b"null" if method == "POST" else None
            for who, text in [(None, None), ("nobody", "weir_" + "0" * 64), *tokens.items()]:
                headers = {"Authorization": "Bearer " + text} if text else {}
                if body:
                    headers["Content-Type"] = "application/json"
                status = s.raw(method, target, body, headers).status
                where = "%s %s by %s: %d" % (method, path, who, status)
                if path in OPEN:
                    assert status == 200, where
                elif who not in SCOPES:
                    assert status == 401, where
                elif who not in good_for(method, path):
                    assert status == 403, where
                else:
                    assert status in (200, 400, 404, 422), where


@test
def a_cursor_that_somebody_made_up_breaks_nothing(p):
    p.write("a.csv", "x\n1\n")
    p.catalog((QUIET % "") + "assets:\n  raw/a: {path: a.csv, exposed: true}\n")
    made_up = (b"\0", b"\xff" * 8, b"1", b"-1", b"9" * 30, b"a|b", b"1|" + b"9" * 30, b"'; DROP TABLE event", b"x" * 4000, b"\n", b"{}",
               b"9223372036854775807", b"-9223372036854775808 x")
    with Service(p) as s:
        listed = [path.replace("{key}", key("raw/a")) for path, m in s.raw("GET", "/openapi.json").json["paths"].items()
                  if any(one["name"] == "cursor" for one in m.get("get", {}).get("parameters", []))]
        assert len(listed) > 5, listed
        for path in listed:
            for cursor in made_up:
                for limit in (None, 0, 2**63 - 1):
                    a = s.get(path, cursor=base64.b64encode(cursor).decode(), limit=limit)
                    assert a.status in (200, 400, 422), (path, cursor, a.status, a.text)


@test
def who_waits_for_years_and_goes_leaves_nothing_behind(p):
    p.write("a.csv", "x\n1\n")
    p.catalog((QUIET % "") + "assets:\n  raw/a: {path: a.csv, exposed: true, checks: [{row_count: {min: 5}}]}\n")
    with Service(p) as s:
        waiting = []
        for _ in range(200):
            c = socket.create_connection((s.host, s.port))
            c.sendall(b"GET /v1/gates/raw%2Fa?wait=10000w HTTP/1.1\r\nHost: localhost\r\n\r\n")
            waiting.append(c)
        same(s.raw("GET", "/healthz").status, 200)
        for c in waiting:
            c.close()
        same(s.raw("GET", "/healthz").status, 200)
        began = time.monotonic()
        s.stop()
        assert time.monotonic() - began < 10


# Data


def checked(s, asset):
    """The outcome and the messages of a run."""
    answer = s.post("/v1/runs", {"asset": asset}, headers={"Prefer": "wait=60"}).expect(200).json
    return answer["outcome"], [c["error"]["message"] for a in answer["report"]["assets"] for c in a["checks"] if c.get("error")]


@test
def what_lies_elsewhere_or_is_no_file_is_not_read(p):
    elsewhere = p.path("elsewhere")
    p.write("elsewhere/secret.csv", "x\nforbidden\n")
    p.write("elsewhere/secret.db", "")
    os.makedirs(p.path("data"))
    links = {"link.csv": elsewhere + "/secret.csv", "folder": elsewhere, "zero.csv": "/dev/zero", "env.csv": "/proc/self/environ",
             "up.csv": "../elsewhere/secret.csv", "twice.csv": "link.csv"}
    for name, to in links.items():
        os.symlink(to, p.path("data/" + name))
    os.mkfifo(p.path("data/fifo.csv"))
    paths = ["data/" + name for name in links if name != "folder"] + [
        "data/folder/*.csv", "data/fifo.csv", "data/../elsewhere/secret.csv", "elsewhere/s*.csv", "/etc/passwd", "/proc/self/environ",
        elsewhere + "/secret.csv"]
    p.catalog((QUIET % (", roots: [%s]" % p.path("data"))) + "assets:\n" + "".join(
        "  a%d: {path: '%s', format: csv, exposed: true, checks: [not_null: x]}\n" % (i, path) for i, path in enumerate(paths)))
    with Service(p) as s:
        for i, path in enumerate(paths):
            outcome, messages = checked(s, "a%d" % i)
            same(outcome, "error", path)
            assert all("may not read" in m or "regular file" in m for m in messages), (path, messages)
        assert "forbidden" not in s.logged


@test
def data_that_was_made_to_do_harm_is_an_error(p):
    p.write("columns.csv", ",".join("c%d" % i for i in range(100000)) + "\n")
    p.write("backtracks.csv", "x\n" + "a" * 30000 + "!\n")
    p.write("field.csv", "x\n" + "a" * (17 << 20) + "\n")
    p.write("quote.csv", 'x\n"' + "a\n" * (9 << 20))
    db = sqlite3.connect(p.path("s.db"))
    db.execute("CREATE TABLE t (x)")
    db.commit()
    db.close()
    queries = {"extension": "select load_extension('x') as x", "writes": "select writefile('%s', 'x') as x" % p.path("written"),
               "reads": "select readfile('/etc/passwd') as x", "blob": "select hex(zeroblob(900000000)) as x",
               "attaches": "select 1 as x; attach '%s' as y" % p.path("written"), "deletes": "delete from t returning x",
               "endless": "with recursive n(x) as (select 1 union all select x + 1 from n) select x from n"}
    p.catalog((QUIET % ", limits: {seconds: 5}") + "allow_sql: true\nsources: {s: {url: 'sqlite:s.db'}}\nassets:\n" + "".join(
        "  %s: {path: %s.csv, exposed: true, checks: [%s]}\n" % (name, name, check) for name, check in (
            ("columns", "not_null: c5"), ("backtracks", "{regex: {column: x, regex: '^(a+)+$'}}"), ("field", "not_null: x"),
            ("quote", "not_null: x"))) + "".join(
        "  %s: {source: s, query: \"%s\", exposed: true, checks: [not_null: x]}\n" % one for one in queries.items()))
    with Service(p) as s:
        for asset in ("columns", "backtracks", "field", "quote", *queries):
            same(checked(s, asset)[0], "error", asset)
        same(os.path.exists(p.path("written")), False)
        same(s.raw("GET", "/readyz").status, 200)


# Secrets


@test
def secrets_stay_where_they_are(p):
    p.write("a.csv", "x\n1\n")
    p.catalog((QUIET % ", access_log: true, heartbeat: {url: {env: HB}, every: 1s}") +
              "alerts: {enabled: true, routes: [{to: s}, {to: w}], channels: {s: {type: slack, url: {env: SL}}, "
              "w: {type: webhook, url: {env: WH}, headers: {X-A: {env: HD}}}}}\n"
              "assets:\n  raw/a: {path: a.csv, exposed: true, checks: [{row_count: {min: 5}}]}\n")
    canary = "canary-of-secrets"
    env = {"HB": "http://127.0.0.1:1/%s" % canary, "SL": "https://user:%s@hooks.invalid/%s" % (canary, canary),
           "WH": "http://exa mple/%s" % canary, "HD": "%s\r\nX: y" % canary, "WEIR_TOKEN": "weir_" + canary}
    token = p.weir("token", "add", "t", "--scope", "admin", now="").expect(0).out.strip()
    seen = []
    with Service(p, env=env) as s:
        seen.append(s.post("/v1/runs", {"asset": "raw/a"}, headers={"Prefer": "wait=20"}).expect(200).text)
        for headers in ({"Authorization": "Bearer " + token}, {"Authorization": "Bearer weir_" + canary}, {"Cookie": token}):
            seen += [s.raw("GET", target, headers=headers).text for target in (
                "/v1/assets", "/v1/incidents", "/v1/runs", "/v1/decisions", "/metrics", "/openapi.json", "/nothing")]
        s.wait_log("heartbeat does not get through", 5)
        with open("/proc/%d/cmdline" % s.process.pid) as f:
            seen.append(f.read())
    seen.append(s.logged)
    for words in (["config", "show"], ["incidents"], ["alerts", "list"], ["token", "list"]):
        done = p.weir(*words, now="", env=env)
        seen.append(done.out + done.err)
    for folder, _, names in os.walk(p.dir):
        for name in names:
            with open(os.path.join(folder, name), "rb") as f:
                seen.append(f.read().decode("latin-1"))
    assert len(s.logged) > 500 and json.dumps(seen).count("raw/a") > 10
    for text in seen:
        assert canary not in text and token not in text, text[max(0, text.find(canary), text.find(token)) - 200:][:400]
