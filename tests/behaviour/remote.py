"""A weir service elsewhere (--server): what is asked of it, and what becomes of a command when it is away, odd or hostile."""
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse

from project import contains, same, test
from receiver import GIGABYTE, Receiver
from service import Service

JSON = "application/json"
PROBLEM = "application/problem+json"
TOKEN = "weir_0123456789abcdefghijklmnopqrstuvwxyz"


def decision(**other):
    """An allowing decision of the contract's shape."""
    d = {"asset": "b", "partition": "", "decision": "allow", "mode": "enforce", "decided_at": "2024-05-10T12:00:00Z",
         "catalog": "c0ffee", "reasons": [],
         "inputs": [{"upstream": "a", "partition": "", "data_version": "v1", "freshness": "pass", "checks": "pass"}]}
    d.update(other)
    return {k: v for k, v in d.items() if v is not None}


def reason(kind, effect="block", **other):
    return dict({"upstream": "a", "partition": "", "kind": kind, "message": "because", "data_version": "v1", "effect": effect}, **other)


def plain(status, body, kind=JSON, headers="", length=None):
    """An answer as bytes."""
    body = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    return ("HTTP/1.1 %d Whatever\r\nContent-Type: %s\r\nContent-Length: %d\r\n%sConnection: close\r\n\r\n" %
            (status, kind, len(body) if length is None else length, headers)).encode() + body


def problem(status, detail, headers=""):
    return plain(status, {"type": "about:blank", "title": "T", "status": status, "detail": detail}, PROBLEM, headers)


class Fake(Receiver):
    """Answers each request with what reply(request) gives: bytes, or a word of the receiver's."""

    def __init__(self, reply, **how):
        self.reply = reply if callable(reply) else lambda _request: reply
        super().__init__(**how)

    def answer_for(self, path):
        return ""

    def answer(self, conn, request, answer):
        said = self.reply(request)
        if isinstance(said, str):
            super().answer(conn, request, said)
            return
        conn.sendall(said)
        conn.shutdown(socket.SHUT_WR)
        conn.settimeout(2)
        conn.recv(1)

    @property
    def base(self):
        return self.url("")


def query(request):
    path, _, text = request.path.partition("?")
    return path, urllib.parse.parse_qs(text, keep_blank_values=True)


def two_assets(p, gate=""):
    p.catalog("assets:\n  a: {path: a.csv, exposed: true, aliases: [\"other:a\"]}\n"
              "  b: {path: b.csv, exposed: true, depends_on: [a]%s}\n" % gate)
    p.write("a.csv", "x\n1\n")


def gate(p, server, *args, **how):
    return p.weir("gate", "b", "--server", server if isinstance(server, str) else server.base, *args, now="", **how)


def no_port():
    """A port of loopback where nobody listens."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@test
def a_service_decides_and_the_status_is_its_decision(p):
    two_assets(p)
    with Fake(plain(200, decision())) as allows, \
            Fake(plain(200, decision(decision="block", reasons=[reason("check_failed", check="a:x")]))) as blocks:
        gate(p, allows).expect(0, "gate b: ALLOW")
        gate(p, blocks).expect(1, "gate b: BLOCK", "check_failed", "because")
        gate(p, blocks, "--skip-exit", "99").expect(99)
        said = gate(p, blocks, "--format", "json").expect(1).json
        same((said["asset"], said["decision"], said["reasons"][0]["check"], said["inputs"][0]["data_version"]),
             ("b", "block", "a:x", "v1"))
        request = allows.requests[0]
        same(query(request), ("/v1/gates/b", {"look": ["1"]}))
        same("authorization" in request.headers, False, "a token out of nowhere")
    same(os.path.exists(p.path(".weir")), False, "a state of its own")


@test
def a_gate_is_asked_with_what_was_said(p):
    p.catalog("assets:\n  \"x/y%z\": {path: \"{d:%Y-%m-%d}.csv\", partitions: {d: {every: day, from: 2024-01-01}}, exposed: true}\n")
    with Fake(lambda q: plain(200, decision(asset="x/y%z", partition="2024-01-02"))) as s:
        p.weir("gate", "x/y%z", "--partition", "2024-01-02", "--run", "--wait", "20s", "--server", s.base + "/", now="",
               env={"WEIR_TOKEN": TOKEN}).expect(0)
        request, = s.requests
        same(query(request), ("/v1/gates/x%2Fy%25z", {"look": ["1"], "partition": ["2024-01-02"], "run": ["1"], "wait": ["20s"]}))
        same(request.headers["authorization"], "Bearer " + TOKEN)


BLOCKED = reason("missing")
# What is no decision to let b pass, and a word of what is said about it.
ODD = {
    "a redirect": (plain(302, "", headers="Location: http://127.0.0.1:1/\r\n"), "Redirects are not followed"),
    "a page": (plain(200, "<html>welcome</html>", "text/html"), "does not answer like a weir service"),
    "a page that claims to be JSON": (plain(200, "<html>allow</html>"), "no decision"),
    "nothing": (plain(200, ""), "does not answer like a weir service"),
    "no content": (b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", "does not answer like a weir service"),
    "another asset": (plain(200, decision(asset="a")), "answered about 'a'"),
    "another partition": (plain(200, decision(partition="2024-01-01")), "answered about 'b' 2024-01-01"),
    "no asset": (plain(200, decision(asset=None)), "answered about ''"),
    "no decision": (plain(200, decision(decision=None)), "something is missing"),
    "no reasons": (plain(200, decision(reasons=None)), "something is missing"),
    "no inputs": (plain(200, decision(inputs=None)), "something is missing"),
    "no mode": (plain(200, decision(mode=None)), "something is missing"),
    "no time": (plain(200, decision(decided_at=None)), "something is missing"),
    "a word for the decision": (plain(200, decision(decision="ALLOW")), "a name is not known"),
    "a reason nobody knows": (plain(200, decision(reasons=[reason("moon", "allow")])), "a name is not known"),
    "a reason without effect": (plain(200, decision(reasons=[{"kind": "stale", "upstream": "a"}])), "something is missing"),
    "allow with a reason that blocks": (plain(200, decision(reasons=[BLOCKED])), "contradicts"),
    "block without a reason": (plain(200, decision(decision="block")), "contradicts"),
    "cut off": (plain(200, json.dumps(decision())[:-1]), "no decision"),
    "cut off by the network": (plain(200, json.dumps(decision()), length=5000), "cannot be asked"),
    "two answers": (plain(200, json.dumps(decision()) * 2), "no decision"),
    "a decision said twice": (plain(200, json.dumps(decision())[:-1] + ', "decision": "allow"}'), "no decision"),
    "a list": (plain(200, [decision()]), "no decision"),
    "text": (plain(200, '"allow"'), "no decision"),
    "deep": (plain(200, "[" * 5000), "no decision"),
    "not found by something else": (plain(404, "<h1>404</h1>", "text/html"), "does not answer like a weir service"),
    "an error": (problem(500, "out of luck"), "out of luck"),
    "an error of a proxy": (plain(502, "<h1>Bad Gateway</h1>", "text/html"), "502 Bad Gateway"),
    "garbage": ("garbage", "cannot be asked"),
    "hanging up": ("close", "cannot be asked"),
    "a flood": ("flood", "cannot be asked"),
    "a flood of headers": ("floodheader", "cannot be asked"),
    "silence": ("silence", "no answer within 1.0 s"),
    "a drip": ("drip", "no answer within 1.0 s"),
}


def check_odd(p, names):
    two_assets(p)
    for name in names:
        reply, words = ODD[name]
        with Fake(reply) as s:
            done = gate(p, s, "--format", "json", env={"WEIR_SERVER_TIMEOUT": "1s"})
            try:
                done.expect(1, words)
                same((done.json["decision"], [r["kind"] for r in done.json["reasons"]]), ("block", ["undecided"]))
                same(s.flooded < GIGABYTE / 2, True, "a flood was read to its end")
            except AssertionError as e:
                raise AssertionError("%s: %s" % (name, e)) from e


@test
def an_answer_that_is_no_decision_on_this_asset_never_opens_a_gate(p):
    check_odd(p, [n for n in ODD if not n.startswith("no ")][:14])


@test
def an_answer_that_lacks_a_part_never_opens_a_gate(p):
    check_odd(p, [n for n in ODD if n.startswith("no ")])


@test
def an_answer_that_never_ends_or_never_comes_opens_no_gate(p):
    check_odd(p, [n for n in ODD if not n.startswith("no ")][14:])


@test
def without_the_network_a_gate_is_shut_unless_the_catalog_allows_it(p):
    nobody = "http://127.0.0.1:%d" % no_port()
    # Without any catalog.
    done = gate(p, nobody, "--format", "json").expect(1, "Connection refused")
    same((done.json["asset"], done.json["reasons"][0]["kind"], done.json["reasons"][0]["effect"]), ("b", "undecided", "block"))
    two_assets(p)
    gate(p, nobody).expect(1, "undecided")
    two_assets(p, ", gate: {undecided: allow}")
    gate(p, nobody).expect(0, "undecided", "allow")
    # Of an asset that the catalog does not have it says nothing.
    p.weir("gate", "c", "--server", nobody, now="").expect(1, "undecided")
    # What the service has understood and refused is not the network's fault: its policy does not apply.
    for status in 400, 401, 403, 404, 422:
        with Fake(problem(status, "no way")) as s:
            gate(p, s).expect(2, "no way")


@test
def a_busy_service_is_asked_again_and_told_apart_from_a_lost_one(p):
    two_assets(p)
    answers = [problem(503, "busy", "Retry-After: 1\r\n"), problem(429, "slowly"), plain(200, decision())]
    with Fake(lambda _q: answers.pop(0)) as s:
        start = time.monotonic()
        gate(p, s).expect(0)
        same((len(s.requests), time.monotonic() - start > 2), (3, True))
    with Fake(problem(503, "busy", "Retry-After: 3600\r\n")) as s:
        gate(p, s).expect(1, "busy")
        same(len(s.requests), 1, "requests to somebody who wants an hour of peace")
    with Fake(problem(503, "busy")) as s:
        gate(p, s).expect(1, "busy")
        same(len(s.requests), 3)


@test
def waiting_goes_on_while_time_may_heal_it(p):
    two_assets(p)
    answers = [plain(200, decision(decision="block", reasons=[reason("unchecked")])), "close", plain(200, decision())]
    with Fake(lambda _q: answers.pop(0)) as s:
        gate(p, s, "--wait", "40s").expect(0)
        same([query(r)[1]["wait"][0] for r in s.requests][:1], ["30s"])
    with Fake(plain(200, decision(decision="block", reasons=[reason("check_failed")]))) as s:
        gate(p, s, "--wait", "60s").expect(1, "check_failed")
        same(len(s.requests), 1)


@test
def what_a_service_refuses_names_the_remedy(p):
    two_assets(p)
    for status, env, words in ((401, {}, ["WEIR_TOKEN"]), (401, {"WEIR_TOKEN": TOKEN}, ["valid"]), (403, {"WEIR_TOKEN": TOKEN}, ["scopes"]),
                               (404, {}, ["did you mean"]), (405, {}, ["version"])):
        with Fake(problem(status, "there is no asset 'b'; did you mean 'c'?")) as s:
            done = gate(p, s, env=env).expect(2, *words)
            same(TOKEN in done.out + done.err, False, "the token is told")
    with Fake(problem(404, "red \x1b[31m\n text")) as s:
        done = gate(p, s).expect(2, "text")
        same("\x1b[31m" in done.err, False, "the service speaks to the terminal")


@test
def a_token_is_kept_from_others(p):
    two_assets(p)
    with Fake(plain(200, decision())) as s:
        p.write("token", TOKEN + "\n")
        for mode in 0o644, 0o604, 0o660:
            os.chmod(p.path("token"), mode)
            gate(p, s, "--token-file", "token").expect(2, "open to others")
        for mode in 0o600, 0o400, 0o440:
            os.chmod(p.path("token"), mode)
            gate(p, s, "--token-file", "token").expect(0)
        same({r.headers["authorization"] for r in s.requests}, {"Bearer " + TOKEN})
        for content in "", "two words", "a\nb", "x" * 600, "caf\u00e9":
            os.chmod(p.path("token"), 0o600)
            p.write("token", content)
            gate(p, s, "--token-file", "token").expect(2, "no token")
        gate(p, s, "--token-file", "nowhere").expect(2, "nowhere")
        gate(p, s, env={"WEIR_TOKEN": "a b"}).expect(2, "no token")
    for url in "http://192.0.2.1:1", "http://weir.example.org", "http://[2001:db8::1]/", "http://localhost.example.org":
        gate(p, url, env={"WEIR_TOKEN": TOKEN}).expect(2, "not encrypted", "--insecure-http")


@test
def what_is_no_url_of_a_service_is_refused(p):
    two_assets(p)
    for url, words in (("", "no URL"), ("weir.example.org", "no URL"), ("ftp://h/", "scheme"), ("https://u:secret@h/", "password"),
                       ("https://h/?a=1", "?"), ("unix:", "path"), ("https:///x", "no URL"), ("https://a b/", "no URL")):
        done = gate(p, url).expect(2, words)
        same("secret" in done.err, False, "a password is told")
    gate(p, "http://127.0.0.1:1", "--store", "x.db").expect(2, "two places")
    gate(p, "http://127.0.0.1:1", "--now", "2024-01-01T00:00:00Z").expect(2, "clock")


@test
def a_service_on_a_unix_socket_is_reached(p):
    two_assets(p)
    path = p.path("weir.sock")
    with Fake(plain(200, decision())) as s:
        s.stop()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(8)
    s.stopping.clear()
    s.socket = listener
    threading.Thread(target=s.accept, daemon=True).start()
    gate(p, "unix:" + path).expect(0)
    gate(p, "unix:weir.sock").expect(0)
    same(len(s.requests), 2)
    s.stop()


@test
def a_certificate_that_nobody_vouches_for_opens_no_gate(p):
    if shutil.which("openssl") is None:
        return "SKIP there is no openssl to make certificates with"
    two_assets(p)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.pem", "-out", "c.pem", "-subj", "/CN=x",
                    "-addext", "subjectAltName=IP:127.0.0.1"], cwd=p.dir, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(p.path("c.pem"), p.path("k.pem"))
    with Fake(plain(200, decision()), tls=context) as s:
        url = "https://127.0.0.1:%d" % s.port
        gate(p, url, env={"WEIR_TOKEN": TOKEN}).expect(1, "undecided", "certificate")
        same(s.requests, [])
        gate(p, url, env={"WEIR_TOKEN": TOKEN, "WEIR_CA_FILE": "c.pem"}).expect(0)
        same(s.requests[0].headers["authorization"], "Bearer " + TOKEN)
        gate(p, "https://localhost:%d" % s.port, env={"WEIR_CA_FILE": "c.pem"}).expect(1, "undecided")


@test
def commands_that_need_state_of_their_own_say_which_work_through_a_service(p):
    two_assets(p)
    for words, instead in (["alerts", "list"], "sends by itself"), (["store", "info"], "on the service's machine"), (["token", "list"], "beside the state"):
        p.weir(*words, "--server", "http://127.0.0.1:1").expect(2, "cannot work through", instead)
        p.weir(*words, env={"WEIR_SERVER": "http://127.0.0.1:1"}).expect(2, "cannot work through", "WEIR_SERVER")
    # What needs no state is not held up by a variable.
    for words in ["validate"], ["config", "show"], ["explain", "not_null"]:
        p.weir(*words, env={"WEIR_SERVER": "http://127.0.0.1:1"}).expect(0)
    same(os.path.exists(p.path(".weir")), False, "a state of its own")


@test
def an_override_is_made_there_if_something_blocks(p):
    two_assets(p)
    blocked = decision(decision="block", reasons=[reason("check_failed")])
    opened = decision(reasons=[reason("check_failed", "allow"), reason("overridden", "allow")])
    words = "--override", "backfill of May", "--for", "2h"
    with Fake(lambda q: plain(201, opened) if q.method == "POST" else plain(200, blocked)) as s:
        gate(p, s, *words).expect(0, "overridden")
        same([(r.method, query(r)[0]) for r in s.requests], [("GET", "/v1/gates/b"), ("POST", "/v1/gates/b/override")])
        same(s.requests[1].json, {"partition": "", "reason": "backfill of May", "for": "2h"})
    with Fake(plain(200, decision())) as s:
        gate(p, s, *words).expect(0)
        same(len(s.requests), 1, "an override of what is open")
    with Fake(lambda q: problem(403, "not for you") if q.method == "POST" else plain(200, blocked)) as s:
        gate(p, s, *words).expect(2, "not for you")
    with Fake(plain(200, decision())) as s:
        gate(p, s, "--override", "x").expect(2, "--for")
        same(s.requests, [])


# Results ---------------------------------------------------------------------------------------------------------


def taken(request):
    """What the service says to results: the run is on record."""
    return plain(200, {"run_id": request.json["report"]["run_id"]})


def checked(p):
    p.catalog("assets:\n  a:\n    path: a.csv\n    exposed: true\n    checks: [{between: {column: x, max: 9}, name: small}]\n")
    p.write("a.csv", "x\n1\n", at=60)


def bodies(s):
    return [json.loads(r.body) for r in s.requests]


@test
def a_check_is_done_here_and_its_results_go_to_the_service(p):
    checked(p)
    with Fake(taken) as s:
        p.weir("check", "--server", s.base, env={"WEIR_TOKEN": TOKEN}).expect(0, "a")
        p.write("a.csv", "x\n10\n", at=30)
        done = p.json("check", "--server", s.base).expect(1)
        same([(r.method, r.path, r.headers["content-type"]) for r in s.requests], [("POST", "/v1/results", JSON)] * 2)
        good, bad = bodies(s)
        same([b["report"]["outcome"] for b in (good, bad)], ["pass", "fail"])
        same(s.requests[1].headers["idempotency-key"], '"%s"' % done.json["run_id"])
        same(bad["report"]["run_id"], done.json["run_id"])
        same([(o["asset"], o["exists"], o["version"] == good["observed"][0]["version"]) for o in bad["observed"]], [("a", True, False)])
        same(bad["observed"][0]["version"], bad["report"]["assets"][0]["data_version"])
    same(os.path.exists(p.path(".weir")), False, "a state of its own")


@test
def results_that_cannot_be_sent_are_kept_and_sent_before_the_next_ones(p):
    checked(p)
    nobody = no_port()
    lost = [p.json("check", "--server", "http://127.0.0.1:%d" % nobody).expect(3, "could not be stored", ".weir/unsent").json["run_id"]
            for _ in range(2)]
    for where, _, files in os.walk(p.path(".weir")):
        same(os.stat(where).st_mode & 0o77, 0, where)
        for f in files:
            same(os.stat(os.path.join(where, f)).st_mode & 0o77, 0, f)
    with Fake(taken) as s:
        # Another service does not get them.
        p.weir("check", "--server", s.base).expect(0)
        same(len(s.requests), 1)
    with Fake(taken) as s:
        with socket.socket() as back:
            back.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            back.bind(("127.0.0.1", nobody))
        s.stop()
        s.stopping.clear()
        s.socket = socket.create_server(("127.0.0.1", nobody))
        threading.Thread(target=s.accept, daemon=True).start()
        now = p.json("check", "--server", "http://127.0.0.1:%d" % nobody).expect(0).json["run_id"]
        lost.sort()  # they are of one instant
        same([b["report"]["run_id"] for b in bodies(s)], lost + [now])
        same([r.headers["idempotency-key"] for r in s.requests], ['"%s"' % i for i in lost + [now]])
        p.weir("check", "--server", "http://127.0.0.1:%d" % nobody).expect(0)
        same(len(s.requests), 4, "results that were sent are sent once")


@test
def what_a_service_refuses_for_ever_is_put_aside_and_told(p):
    checked(p)
    for reply, kept in ((problem(401, "who are you"), True), (problem(503, "busy"), True), (problem(422, "no such asset"), False)):
        with Fake(reply) as s:
            p.weir("check", "--server", s.base).expect(3, "could not be stored", s.requests and json.loads(reply.split(b"\r\n\r\n")[1])["detail"])
            files = [f for _, _, names in os.walk(p.path(".weir")) for f in names]
            same(len(files), 1 if kept else 0, str(reply[:40]))
        shutil.rmtree(p.path(".weir"), ignore_errors=True)
    replies = ["close"] * 3 + [problem(422, "no such asset")]
    with Fake(lambda q: replies.pop(0) if replies else taken(q)) as s:
        p.weir("check", "--server", s.base).expect(3, "cannot be asked")
        p.weir("check", "--server", s.base).expect(0, "were refused", ".refused")
        same(len({r.headers["idempotency-key"] for r in s.requests}), 2, "a try again has the same key")


@test
def a_wrong_selection_is_told_before_anything_is_sent(p):
    checked(p)
    with Fake(taken) as s:
        p.weir("check", "nothing", "--server", s.base).expect(2)
        p.weir("check", "a", "--server", s.base, "--env", "moon").expect(2)
        # What needs no state is done without.
        p.write("s.yaml", "checks: [{not_null: x}]\n")
        p.weir("check", "--source", "a.csv", "--suite", "s.yaml", "--server", s.base).expect(0)
        same(s.requests, [])


# Events ----------------------------------------------------------------------------------------------------------

ADDED = plain(201, {"events": [{"id": "01J00000000000000000000001", "seq": 7}], "warnings": [{"pointer": "/inputs/0", "detail": "the catalog has no asset 'x'"}]})


@test
def what_happened_is_told_to_the_service(p):
    with Fake(ADDED) as s:
        done = p.weir("events", "add", "raw/a", "--kind", "materialized", "--at", "2024-05-10T11:00:00Z", "--version", "v2", "--partition", "k",
                      "--input", "x@1", "--input", "y", "--code-version", "c", "--rows", "12", "--data-through", "2024-05-10T00:00:00Z",
                      "--metric", "auc=0.5", "--verbose", "--server", s.base, now="").expect(0, "01J00000000000000000000001", "has no asset 'x'")
        same(done.out, "01J00000000000000000000001\n")
        p.weir("events", "add", "raw/a", "--server", s.base, now="").expect(0)
        request = s.requests[0]
        same((request.method, request.path), ("POST", "/v1/events"))
        same(request.json, {"asset": "raw/a", "kind": "materialized", "at": "2024-05-10T11:00:00Z", "version": "v2", "partition": "k",
                            "inputs": ["x@1", "y"], "code_version": "c", "rows": 12, "data_through": "2024-05-10T00:00:00Z",
                            "metrics": {"auc": 0.5}, "reporter": "cli"})
        same(s.requests[1].json, {"asset": "raw/a", "kind": "materialized", "reporter": "cli"})
        same(s.requests[0].headers["idempotency-key"] == s.requests[1].headers["idempotency-key"], False, "two events, one key")
        for words in ["add"], ["add", "a", "--limit", "1"], ["add", "a", "--metric", "x"], ["list", "--version", "1"]:
            p.weir("events", *words, "--server", s.base, now="").expect(2)
        same(len(s.requests), 2)
    for reply, status, words in ((problem(503, "busy"), 3, "busy"), (plain(200, {}), 3, "does not say"), (plain(200, "[]"), 3, "expected"),
                                 (plain(422, {"title": "T", "detail": "it is wrong", "errors": [{"pointer": "/asset", "detail": "there is no asset"}]},
                                        PROBLEM), 2, "it is wrong; /asset: there is no asset")):
        with Fake(reply) as s:
            p.weir("events", "add", "a", "--server", s.base, now="").expect(status, words)


def event(i, **other):
    return dict({"id": "E%d" % i, "kind": "materialized", "asset": "a", "partition": "", "at": "2024-05-10T11:00:00Z",
                 "recorded_at": "2024-05-10T11:00:00Z", "version": "v%d" % i, "updated_at": None, "data_through": None, "code_version": "",
                 "rows": None, "reporter": "http", "run_id": "", "note": "", "inputs": [{"asset": "x", "version": "1"}], "metrics": {"m": 2.5}}, **other)


@test
def events_are_listed_page_by_page_as_they_are_listed_here(p):
    def reply(request):
        at = int(query(request)[1].get("cursor", ["0"])[0])
        link = "Link: </v1/events?cursor=%d&limit=2>; rel=\"next\"\r\n" % (at + 2) if at < 4 else ""
        return plain(200, {"events": [event(at), event(at + 1)], "next": None}, headers=link)
    with Fake(reply) as s:
        same(p.weir("events", "list", "--format", "json", "--server", s.base, now="").expect(0).json, [event(i) for i in range(6)])
        same([e["id"] for e in p.weir("events", "list", "a", "--limit", "3", "--format", "json", "--server", s.base, now="").json], ["E0", "E1", "E2"])
        same(query(s.requests[3]), ("/v1/events", {"limit": ["3"], "asset": ["a"]}))
        p.weir("events", "list", "--server", s.base, now="").expect(0, "version v5", "(http)")
    # Pages lie with the service that was named, whatever it says.
    with Fake(taken) as other, Fake(lambda _q: plain(200, {"events": [event(1)]}, headers="Link: <%s/v1/events>; rel=\"next\"\r\n" % other.base)) as s:
        p.weir("events", "list", "--server", s.base, now="", env={"WEIR_TOKEN": TOKEN}).expect(0)
        same((len(s.requests), other.requests), (1, []))
    for odd in plain(200, {}), plain(200, []), plain(200, {"events": [3]}), plain(200, {"events": [event(1, kind="moon")]}):
        with Fake(odd) as s:
            p.weir("events", "list", "--server", s.base, now="").expect(3)


# Runs under guard ------------------------------------------------------------------------------------------------


class Keeper(Fake):
    """As much of a service as a guarded run needs: it takes what it is told, in order, and decides as it is told to."""

    def __init__(self, decide, refuse=()):
        self.told, self.decide, self.refuse, self.last = [], decide, refuse, 0
        super().__init__(self.serve_one)

    def serve_one(self, request):
        path, asked = query(request)
        if any(path.startswith(r) for r in self.refuse):
            return problem(403, "not for you")
        if path.startswith("/v1/gates/"):
            self.told.append("gate")
            return plain(200, self.decide() if callable(self.decide) else self.decide)
        if path == "/v1/events" and request.method == "POST":
            self.last += 1
            e = dict(request.json, id="01J%023d" % self.last)
            self.told.append(e)
            return plain(201, {"events": [{"id": e["id"], "seq": self.last}], "warnings": []})
        if path == "/v1/events":
            found = [e for e in self.told if isinstance(e, dict) and e.get("kind") == asked["kind"][0] and e["asset"] == asked["asset"][0]]
            return plain(200, {"events": [event(1, id=e["id"], version=e.get("version", "")) for e in reversed(found)], "next": None})
        if path == "/v1/results":
            self.told.append(dict(request.json, kind="results"))
            return taken(request)
        return problem(404, "there is nothing")

    def kinds(self):
        return [t if isinstance(t, str) else t["kind"] for t in self.told]


def version_of(p, key):
    """As weir sees it here."""
    return p.weir("gate", "b", "--format", "json", "--store", ":memory:").json["inputs"][0]["data_version"] if key == "a" else None


def made(p, publish=""):
    p.catalog("assets:\n  a: {path: a.csv, exposed: true}\n  b:\n    path: b.csv\n    exposed: true\n    depends_on: [a]\n%s"
              "    checks: [{between: {column: x, max: 9}, name: small}]\n" % publish)
    p.write("a.csv", "x\n1\n", at=60)
    v = version_of(p, "a")
    return decision(inputs=[{"upstream": "a", "partition": "", "data_version": v, "freshness": "pass", "checks": "none"}])


@test
def a_guarded_run_asks_the_service_and_is_on_record_there(p):
    with Keeper(made(p)) as s:
        p.weir("run", "b", "--server", s.base, "--", "sh", "-c", "echo x > b.csv; echo 3 >> b.csv").expect(0)
        same(s.kinds(), ["gate", "started", "gate", "results"])
        same([query(s.requests[i])[1].get("version") for i in (0, 2)], [["a@" + version_of(p, "a")], None])
        started, results = s.told[1], s.told[3]
        run = results["report"]["run_id"]
        same((started["asset"], started["run_id"], started["reporter"]), ("b", run, "cli"))
        done, = results["events"]
        same((done["kind"], done["asset"], done["run_id"], done["version"]),
             ("materialized", "b", run, results["report"]["assets"][0]["data_version"]))
        same(done["inputs"], [{"key": "a", "version": version_of(p, "a")}])
        same((results["report"]["outcome"], results["observed"][0]["version"]), ("pass", done["version"]))
    same(os.path.exists(p.path(".weir")), False, "a state of its own")


@test
def a_run_behind_a_shut_gate_or_without_a_service_does_not_begin(p):
    made(p)
    command = "--", "touch", "began"
    with Keeper(decision(decision="block", reasons=[reason("missing")])) as s:
        p.weir("run", "b", "--server", s.base, *command).expect(75, "missing")
        same(s.kinds(), ["gate"])
    # The service judged what does not lie here.
    with Keeper(decision()) as s:
        p.weir("run", "b", "--server", s.base, *command).expect(75, "changed", "v1")
    with Keeper(made(p), refuse=["/v1/events"]) as s:
        p.weir("run", "b", "--server", s.base, *command).expect(125, "not for you")
    with Fake(plain(200, decision(asset="a"))) as s:
        p.weir("run", "b", "--server", s.base, *command).expect(125, "answered about")
    p.weir("run", "b", "--server", "http://127.0.0.1:%d" % no_port(), *command).expect(125, "cannot be asked", "Does `weir serve` run at http://127.0.0.1:")
    same(os.path.exists(p.path("began")), False, "the command ran")


@test
def the_record_of_a_run_tells_how_it_ended(p):
    with Keeper(made(p)) as s:
        p.weir("run", "b", "--server", s.base, "--", "sh", "-c", "exit 7").expect(7)
        same(s.kinds(), ["gate", "started", "failed"])
        contains(s.told[2]["note"], "status 7")
        same(s.told[2]["run_id"], s.told[1]["run_id"])
    with Keeper(made(p)) as s:
        p.weir("run", "b", "--server", s.base, "--", "sh", "-c", "echo x > b.csv; echo 30 >> b.csv").expect(1)
        same(s.told[3]["report"]["outcome"], "fail")
    with Keeper(made(p)) as s:
        p.weir("run", "b", "--server", s.base, "--", "sh", "-c", "echo x > b.csv; echo 22 > a.csv").expect(75, "changed")
        same(s.told[3]["events"][0]["inputs"][0]["version"][:15], "changed during ")
    with Keeper(made(p), refuse=["/v1/results"]) as s:
        p.weir("run", "b", "--server", s.base, "--", "sh", "-c", "echo x > b.csv").expect(125, "not on record")


@test
def an_output_that_fails_is_not_published_and_that_is_told(p):
    publish = "    publish: {stage: stage.csv}\n"
    p.write("b.csv", "x\n1\n", at=60)
    with Keeper(made(p, publish)) as s:
        p.weir("run", "b", "--server", s.base, "--", "sh", "-c", "echo x > $WEIR_STAGE; echo 30 >> $WEIR_STAGE").expect(1, "not published")
        results = s.told[3]
        same((results["report"]["unpublished"], results["events"][0]["kind"], results["observed"]), (True, "failed", []))
        with open(p.path("b.csv")) as f:
            same(f.read(), "x\n1\n")
        p.weir("run", "b", "--server", s.base, "--", "sh", "-c", "echo x > $WEIR_STAGE; echo 3 >> $WEIR_STAGE").expect(0)
        results = s.told[-1]
        same(("unpublished" in results["report"], results["events"][0]["kind"]), (False, "materialized"))
        with open(p.path("b.csv")) as f:
            same(f.read(), "x\n3\n")


@test
def what_the_command_tells_goes_to_the_same_service(p):
    p.catalog("assets:\n  a: {path: a.csv, exposed: true}\n  b: {exposed: true, depends_on: [a]}\n")
    p.write("a.csv", "x\n1\n", at=60)
    allow = decision(inputs=[{"upstream": "a", "partition": "", "data_version": version_of(p, "a"), "freshness": "pass", "checks": "none"}])
    from project import WEIR
    p.write("token", TOKEN)
    os.chmod(p.path("token"), 0o600)
    with Keeper(allow) as s:
        p.weir("run", "b", "--server", s.base, "--token-file", "token", "--", "sh", "-c",
               "mkdir d && cd d && %s events add b --version told7" % WEIR).expect(0)
        same(s.kinds(), ["gate", "started", "materialized", "gate", "results"])
        same(s.told[4]["events"][0]["version"], "told7")
        same({r.headers["authorization"] for r in s.requests}, {"Bearer " + TOKEN})
    # One that tells nothing makes a version of its own each time.
    with Keeper(allow) as s:
        p.weir("run", "b", "--server", s.base, "--", "true").expect(0)
        same(s.told[-1]["events"][0]["version"], s.told[-1]["report"]["run_id"])


# Waivers ---------------------------------------------------------------------------------------------------------


@test
def waivers_are_kept_by_the_service(p):
    checked(p)
    waiver = {"id": "W", "check": "a:small", "state": "in force", "by": "ann", "reason": "known", "from": "2024-05-10T11:00:00Z",
              "until": "2200-01-01T00:00:00Z", "ended_at": None}
    with Fake(lambda q: plain(201 if q.method == "POST" else 200, {"waivers": [waiver], "check": "a:small", "ended": 1})) as s:
        p.weir("waive", "a:small", "--until", "2d", "--reason", "known", "--who", "ann", "--server", s.base, now="").expect(0, "a:small")
        same(p.weir("waive", "--list", "--format", "json", "--server", s.base, now="").expect(0).json, [waiver])
        p.weir("waive", "--end", "a:*", "--server", s.base, now="").expect(0, "ended: a:small")
        same([(r.method, r.path) for r in s.requests],
             [("POST", "/v1/waivers"), ("GET", "/v1/waivers"), ("GET", "/v1/waivers?in_force=1"), ("DELETE", "/v1/waivers/a%3Asmall")])
        same({k: v for k, v in s.requests[0].json.items() if k != "until"}, {"checks": ["a:small"], "reason": "known", "who": "ann"})
        for words in ["nothing", "--until", "2d", "--reason", "x"], ["a:small", "--until", "2d"], ["--all-current", "--until", "2d", "--reason", "x"]:
            p.weir("waive", *words, "--server", s.base, now="").expect(2)
        same(len(s.requests), 4)


# The state -------------------------------------------------------------------------------------------------------


@test
def the_state_is_told_as_the_service_knows_it(p):
    checked(p)
    p.weir("check").expect(0)
    known = p.json("status").json["assets"][0]

    page = p.json("status").json

    def reply(request):
        if query(request)[1].get("select") == ["nobody"]:
            return problem(400, "nothing is called 'nobody'")
        return plain(200, page)
    os.rename(p.path("weir.yaml"), p.path("elsewhere.yaml"))
    with Fake(reply) as s:
        told = p.weir("status", "a", "a*", "--format", "json", "--server", s.base, now="").expect(0).json
        same(told["assets"], [known])
        same((told["summary"]["assets"], told["summary"]["checks"]["pass"]), (1, 3))
        same([query(r) for r in s.requests], [("/v1/state", {"kind": ["status"], "limit": ["1000"], "select": ["a\na*"]})])
        p.weir("status", "--server", s.base, now="").expect(0, "a")
        p.weir("status", "nobody", "--server", s.base, now="").expect(2, "nothing is called")
    page["assets"][0]["checks"][0]["outcome"] = page["assets"][0]["outcome"] = "fail"
    with Fake(reply) as s:
        p.weir("status", "--server", s.base, now="").expect(1)
    # What is no such report, or says nothing of any asset, is never good news.
    for odd, status in (({}, 3), ([], 3), ("{", 3), (known, 3), (dict(page, command="fresh"), 3), (dict(page, run_id=""), 3), (dict(page, assets=[]), 2),
                        (dict(page, assets=[{"key": "a"}]), 3), (dict(page, assets=[dict(known, checks=[])]), 3),
                        (dict(page, assets=[dict(known, checks=[], outcome="skipped", freshness=None)]), 3), (dict(page, assets=None), 3), (dict(page, assets={"key": "a"}), 3)):
        with Fake(plain(200, odd)) as s:
            p.weir("status", "--server", s.base, now="").expect(status)


# A real one ------------------------------------------------------------------------------------------------------

REAL = ("assets:\n  raw/a:\n    path: a.csv\n    checks: [{between: {column: x, max: 9}, name: small}]\n"
        "  b:\n    path: b.csv\n    exposed: true\n    depends_on: [raw/a]\n    checks: [{between: {column: x, max: 9}, name: small}]\n%s")


def shown(done):
    """Of events: (kind, asset), oldest first."""
    return [(e["kind"], e["asset"]) for e in reversed(done.json)]


@test
def a_pipeline_works_through_a_service(p):
    p.catalog(REAL % "    publish: {stage: stage.csv}\n")
    p.write("a.csv", "x\n1\n")
    with Service(p) as s:
        at = "--server", s.address
        p.weir("check", "raw/a", *at, now="").expect(0)
        p.weir("gate", "b", *at, now="").expect(0, "ALLOW")
        make = "--", "sh", "-c", "(echo x; echo $X) > $WEIR_STAGE"
        p.weir("run", "b", *at, *make, now="", env={"X": "3"}).expect(0)
        p.weir("run", "b", *at, *make, now="", env={"X": "30"}).expect(1, "not published")
        with open(p.path("b.csv")) as f:
            same(f.read(), "x\n3\n")
        events = [e for e in shown(p.weir("events", "list", "b", "--format", "json", *at, now="")) if e[0] != "observed"]
        same(events, [("started", "b"), ("materialized", "b"), ("started", "b"), ("failed", "b")])
        state = p.weir("status", "--format", "json", *at, now="")
        same((state.asset("raw/a")["outcome"], state.outcomes()["b:small"]), ("pass", "fail"))
        # The input goes bad: no gate opens, and no run begins.
        p.write("a.csv", "x\n10\n")
        p.weir("gate", "b", "--run", *at, now="").expect(1, "check_failed")
        p.weir("run", "b", *at, *make, now="", env={"X": "4"}).expect(75)
        p.weir("status", "raw/a", *at, now="").expect(1)
        # Put up with, it opens; taken back, it shuts again.
        p.weir("waive", "raw/a:small", "--until", "1h", "--reason", "known", *at, now="").expect(0)
        p.weir("gate", "b", *at, now="").expect(0, "waived")
        p.weir("waive", "--end", "raw/a:small", *at, now="").expect(0)
        p.weir("gate", "b", *at, now="").expect(1, "check_failed")
        p.weir("gate", "b", "--override", "backfill", "--for", "1h", *at, now="").expect(0, "overridden")
        p.weir("gate", "b", *at, now="").expect(0, "overridden")
        # What the service does not know, or has otherwise, it refuses.
        p.weir("gate", "raw/b", *at, now="").expect(2, "raw/a")
        p.weir("events", "add", "raw/b", *at, now="").expect(2, "there is no asset")
    p.weir("gate", "b", *at, now="").expect(1, "undecided")


@test
def another_machine_with_the_same_data_works_through_a_service(p):
    p.catalog("defaults: [{match: \"**\", version: {from: content}}]\n" + REAL % "")
    p.write("a.csv", "x\n1\n")
    p.write("there/weir.yaml", open(p.path("weir.yaml")).read())
    p.write("there/a.csv", "x\n1\n")
    with Service(p) as s:
        at = dict(cwd=p.path("there"), env={"WEIR_SERVER": s.address}, now="")
        p.weir("check", "raw/a", **at).expect(0)
        p.weir("run", "b", "--", "sh", "-c", "echo x > b.csv; echo 5 >> b.csv", **at).expect(0)
        same(os.path.exists(p.path("b.csv")), False, "it was made on the other machine")
        # Another version lies there than the service has judged.
        p.write("there/a.csv", "x\n2\n")
        p.weir("run", "b", "--", "touch", "began", **at).expect(75, "changed")
        same(os.path.exists(p.path("there/began")), False, "the command ran")
        # Checks that say something else than the service's are refused as a whole.
        p.write("there/weir.yaml", open(p.path("weir.yaml")).read().replace("max: 9", "max: 99"))
        p.weir("check", "raw/a", **at).expect(3, "raw/a:small")


@test
def a_service_that_asks_for_tokens_is_asked_with_one(p):
    p.catalog(REAL % "")
    p.write("a.csv", "x\n1\n")
    p.weir("check", "raw/a").expect(0)
    token = p.weir("token", "add", "ci", "--scope", "gate", now="").expect(0).out
    token = [w for w in token.split() if w.startswith("weir_")][0]
    with Service(p, token=token) as s:
        at = "--server", s.address
        p.weir("gate", "b", *at, now="", env={"WEIR_TOKEN": token}).expect(0, "ALLOW")
        p.weir("gate", "b", *at, now="", env={"WEIR_TOKEN": token + "x"}).expect(2)
        p.weir("events", "add", "b", *at, now="", env={"WEIR_TOKEN": token}).expect(2, "scope")


@test
def incidents_of_a_service_are_listed_and_answered_for(p):
    p.catalog(REAL % "")
    p.write("a.csv", "x\n10\n")
    with Service(p) as s:
        at = "--server", s.address
        p.weir("check", "raw/a", *at, now="").expect(1)
        found, = p.weir("incidents", "list", "--format", "json", *at, now="").expect(0).json
        p.weir("incidents", "list", *at, now="").expect(0, found["id"], "open", found["title"])
        p.weir("incidents", "ack", found["id"], "--note", "on it", *at, now="").expect(0)
        same(p.weir("incidents", "list", "--format", "json", *at, now="").json[0]["note"], "on it")
        p.weir("incidents", "snooze", found["id"], "--for", "2h", *at, now="").expect(0)
        p.weir("incidents", "resolve", found["id"], "--reason", "gone", *at, now="").expect(0)
        p.weir("incidents", "list", *at, now="").expect(0, "nothing is wrong")
        p.weir("incidents", "list", "--all", *at, now="").expect(0, found["id"])
        p.weir("incidents", "ack", "nonsense", *at, now="").expect(2)
        same(p.weir("incidents", "mutes", "--format", "json", *at, now="").expect(0).json, [])


# Without the network ---------------------------------------------------------------------------------------------

# Every command that goes through a service, but for gates, whose policy decides.
COMMANDS = (["check"], ["audit"], ["fresh"], ["orphans"], ["status"], ["report"], ["report", "--list"], ["report", "gates"], ["incidents"],
            ["incidents", "show", "x"], ["incidents", "ack", "x"], ["incidents", "snooze", "x", "--for", "1h"], ["incidents", "resolve", "x", "--reason", "r"],
            ["incidents", "mute", "--match", "asset=a", "--for", "1h", "--reason", "r"],
            ["incidents", "unmute", "x"], ["incidents", "mutes"], ["events", "add", "a"], ["events", "list"], ["waive", "--list"], ["doctor"])
GONE = {
    "nobody listens": (None, "Connection refused"),
    "it hangs up": ("close", "cannot be asked"),
    "silence": ("silence", "no answer within"),
    "half an answer": (plain(200, '{"assets": [', length=5000), "cannot be asked"),
    "cut short": (plain(200, '{"assets": ['), ""),
    "a page of a proxy": (plain(200, "<html>Please log in</html>", "text/html"), "does not answer like a weir service"),
    "a page that claims to be JSON": (plain(200, "<html>"), ""),
    "an empty object": (plain(200, {}), ""),
    "nothing": (plain(200, ""), "does not answer like a weir service"),
    "another yes": (plain(201, {"ok": True}), ""),
}


def no_command_takes(p, names, commands):
    checked(p)
    for name in names:
        reply, words = GONE[name]
        with Fake(reply if reply is not None else "close") as s:
            base = s.base if reply is not None else "http://127.0.0.1:%d" % no_port()
            for command in commands:
                done = p.weir(command[0], "--server", base, *command[1:], now="", env={"WEIR_SERVER_TIMEOUT": "1s"})
                same(done.status, 3, "%s: %s\n%s" % (name, " ".join(command), done.err))
                if words:
                    contains(done.err + done.out, words)


@test
def no_command_takes_the_absence_of_a_service_for_good_news(p):
    no_command_takes(p, ["nobody listens"], COMMANDS)


@test
def no_command_takes_something_else_for_the_service(p):
    no_command_takes(p, ["a page of a proxy", "a page that claims to be JSON", "an empty object", "nothing", "another yes", "cut short"], COMMANDS)


@test
def no_command_takes_half_an_answer_for_a_whole_one(p):
    no_command_takes(p, ["it hangs up", "silence", "half an answer"], COMMANDS[3:8])


@test
def a_name_that_nobody_knows_is_told(p):
    checked(p)
    for command in ["status"], ["incidents"]:
        p.weir(*command, "--server", "https://weir.invalid", now="").expect(3, "weir.invalid")
