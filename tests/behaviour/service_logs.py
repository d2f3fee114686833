"""The lines of a service's log: with the time, as JSON, for the journal; and nothing that a client sends makes another."""
import datetime
import json
import os
import re
import subprocess
import tempfile
import time

from project import WEIR, contains, same, test
from service import Service, key

CATALOG = """service: {access_log: true%s}
assets:
  a: {path: a.csv, exposed: true, checks: [not_null: x]}
"""
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z"
HOSTILE = 'x\x1b[31m"} {"level":"error","message":"forged\\ \x85\xa0<0>weir: error: forged'


def requests(s):
    """Some that try to make lines of their own."""
    s.get("/healthz").expect(200)
    s.ask("GET", "/v1/assets/" + key('no\n{"level": "error"}\r\n<0>weir: error: forged\x1b[2J'), headers={"User-Agent": HOSTILE.replace("\x1b", "")})
    s.ask("GET", "/healthz", headers={"User-Agent": "\u00e9 " + "A" * 2000})
    s.bytes(b'GET /healthz?"\x1b[31m HTTP/1.1\r\nHost: x\r\n\r\n')
    s.bytes(b"GET /healthz HTTP/1.1\r\nHost: " + s.host.encode() + b"\r\nUser-Agent: a\r\n<0>forged: b\r\nConnection: close\r\n\r\n")


def logged(s):
    """All of it, once the service has ended."""
    s.stop()
    return s.logged.split("\n")[:-1]


@test
def each_line_of_a_service_says_when(p):
    p.catalog(CATALOG % "")
    with Service(p) as s:
        requests(s)
        lines = logged(s)
    same(len(lines) > 6, True)
    for line in lines:
        assert re.match(STAMP + r" weir: (warning: |error: )?\S", line), line
        at = datetime.datetime.fromisoformat(line[:19] + "+00:00")
        assert abs((datetime.datetime.now(datetime.timezone.utc) - at).total_seconds()) < 120, line
        assert re.fullmatch("[ -~\u2026]*", line), line
    same([l for l in lines if re.match(STAMP + " weir: (error|<0>|forged)", l)], [])
    contains("\n".join(lines), "request peer=", 'method="GET"', "agent=")


@test
def as_json_each_line_is_an_object(p):
    p.catalog(CATALOG % "")
    p.write("a.csv", "x\n1\n")
    with Service(p, "--log-format", "json") as s:
        requests(s)
        p.catalog(CATALOG.replace("checks:", "chekcs:") % "")
        s.reload()
        assert s.wait_log("the catalog has mistakes"), s.logged
        lines = logged(s)
    told = [json.loads(line) for line in lines]
    same({type(t) for t in told}, {dict})
    for t in told:
        assert re.fullmatch(STAMP, t["time"]) and t["message"], t
        same(t["level"] in ("error", "warning", "info", "debug"), True, t)
    same([t["message"] for t in told if t["level"] == "error" and "weir.yaml" not in t["message"] and "catalog" not in t["message"]], [])
    asked = [t for t in told if t["message"] == "request"]
    same(set(asked[0]) >= {"peer", "method", "target", "status", "bytes", "ms"}, True)
    same([(type(t["status"]), type(t["bytes"]), t["ms"] >= 0) for t in asked], [(int, int, True)] * len(asked))
    # What was sent is told as it was sent, and a long text cut.
    agents = [t.get("agent", "") for t in asked]
    same([a for a in agents if "forged" in a] != [], True)
    same([len(a) <= 513 for a in agents], [True] * len(agents))
    # Mistakes of the catalog are lines, too, with their place.
    contains("\n".join(t["message"] for t in told if t["level"] == "error"), "weir.yaml:4:", "chekcs")


@test
def for_the_journal_each_line_has_its_priority_and_no_time(p):
    p.catalog(CATALOG % "")
    with Service(p, env={"WEIR_LOG_FORMAT": "journal"}) as s:
        requests(s)
        os.unlink(p.path("weir.yaml"))
        s.reload()
        assert s.wait_log(r"<[34]>.*weir.yaml"), s.logged
        lines = logged(s)
    same({re.match("<([0-9])>(?!weir:)", line).group(1) for line in lines} - {"3", "4"}, {"6"})
    same([l for l in lines if re.match(STAMP, l[3:])], [])


@test
def where_stderr_is_the_journal_that_is_known(p):
    p.catalog(CATALOG % "")
    for right in (True, False):
        with tempfile.NamedTemporaryFile(dir=p.dir) as log:
            st = os.fstat(log.fileno())
            env = dict(p.env, JOURNAL_STREAM="%d:%d" % (st.st_dev, st.st_ino + (0 if right else 1)))
            with subprocess.Popen([WEIR, "serve", "--listen", "127.0.0.1:0", "--store", p.path("%s.db" % right)], cwd=p.dir, env=env,
                                  stderr=log, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as run:
                end = time.monotonic() + 30
                while b"serving" not in (text := open(log.name, "rb").read()):
                    assert run.poll() is None and time.monotonic() < end, text
                    time.sleep(0.05)
                run.terminate()
            same(text.startswith(b"<6>listening on"), right, text)


@test
def what_is_no_format_of_a_log_is_refused(p):
    p.catalog(CATALOG % "")
    p.weir("serve", "--log-format", "xml", now="").expect(2, "xml")
    p.weir("serve", now="", env={"WEIR_LOG_FORMAT": "xml"}).expect(2, "WEIR_LOG_FORMAT", "journal")
    # An error that keeps it from starting is a line, too.
    done = p.weir("serve", "--log-format", "json", "--listen", "nowhere", now="").expect(2)
    same(json.loads(done.err.splitlines()[-1])["level"], "error")
