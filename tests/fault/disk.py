"""A disk that is full or broken for a while, and a state that somebody else has locked."""
import os
import sqlite3
import subprocess
import sys
import threading
import time

from faults import Planted, Skip, fault, metric, query, until
from project import same
from receiver import Receiver
from service import Service

CATALOG = """project: shop
service: {probe_every: 1s}
alerts:
  enabled: true
  flapping: off
  allow_private: ["127.0.0.1:%d"]
  channels: {hook: {type: webhook, url: "%s"}}
  routes: [{to: [hook]}]
assets:
  a: {path: a.csv, exposed: true, checks: [{between: {column: x, max: 9}}]}
  told: {exposed: true}
"""
HEALED_S = 15  # on a busy machine; it tries each second
ANSWERED_S = 20


def versions(p):
    return sorted(v for v, in query(p, "SELECT version FROM event WHERE asset = 'told'"))


def report_one(s, version):
    return s.post("/v1/events", [{"asset": "told", "version": version}, {"asset": "told", "version": version + "+"}])


def refused(answer):
    """Told to come again, and when."""
    answer.expect(503)
    assert int(answer.header("Retry-After")) > 0, answer.headers
    return answer


def kinds(receiver):
    return [r.json["type"] for r in receiver.requests]


def troubles(p, s, receiver, begin, end):
    """Before, in and after trouble: who is refused is told, nothing is half there, and all goes on by itself."""
    report_one(s, "before").expect(201)
    until(lambda: s.get("/v1/assets/a").json["outcome"] == "pass")
    begin()
    p.write("a.csv", "x\n10\n")
    for i in range(3):
        refused(report_one(s, "in%d" % i))
    until(lambda: s.raw("GET", "/readyz").status == 503)
    s.raw("GET", "/healthz").expect(200)
    s.get("/v1/assets").expect(200)
    # It has tried by itself meanwhile, in vain.
    turn = metric(s, "weir_scheduler_ticks_total")
    until(lambda: metric(s, "weir_scheduler_ticks_total") > turn + 1)
    same(s.raw("GET", "/readyz").status, 503)
    end()
    until(lambda: s.raw("GET", "/readyz").status == 200, HEALED_S)
    report_one(s, "after").expect(201)
    until(lambda: s.get("/v1/assets/a").json["outcome"] == "fail")
    until(lambda: "incident.opened" in kinds(receiver))
    p.write("a.csv", "x\n1\n")
    until(lambda: "incident.resolved" in kinds(receiver))
    same(versions(p), ["after", "after+", "before", "before+"])
    same(query(p, "PRAGMA integrity_check"), [("ok",)])
    assert s.process.poll() is None


def with_trouble(p, how, kind, code):
    switch = p.path("broken")
    env = dict(how.preloaded("fault", "-DNO_MEMORY"), FAULT=kind + ":1:sticky", FAULT_ERRNO=str(code), FAULT_WHILE=switch)
    with Receiver() as receiver:
        p.write("a.csv", "x\n1\n")
        p.catalog(CATALOG % (receiver.port, receiver.url()))
        with Service(p, env=env) as s:
            troubles(p, s, receiver, lambda: p.write("broken", ""), lambda: os.unlink(switch))


IGNORES_FAILURE = Planted("that tells of success before it looks whether there was any", "src/serve/commit.c", (
    ("\t\t\trelease(s, batch, &err);\n", "\t\t\trelease(s, batch, NULL);\n"),))
NEVER_BACK = Planted("that does not try again", "src/serve/keeper.c", (
    ("!store_try(s->store, &err)", "s->store == NULL"),))


@fault(IGNORES_FAILURE)
def a_full_disk_is_told_and_forgotten_once_there_is_room(p, how):
    with_trouble(p, how, "write", 28)


@fault(IGNORES_FAILURE)
def errors_of_the_disk_are_told_and_forgotten_once_they_end(p, how):
    with_trouble(p, how, "write", 5)


@fault(IGNORES_FAILURE)
def a_small_disk_that_is_really_full_heals_without_a_restart(p, how):
    """Not by a library, but by a file system of a megabyte."""
    small = p.path("small")
    os.mkdir(small)
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "weir", small], capture_output=True).returncode != 0:
        raise Skip("only root can mount a small file system")
    try:
        p.catalog("assets: {told: {exposed: true}}\n")
        with Service(p, "--store", "small/state.db") as s:
            report_one(s, "before").expect(201)
            with open(os.path.join(small, "filler"), "wb", 0) as f:
                try:
                    while True:
                        f.write(b"x" * 4096)
                except OSError:
                    pass
            taken = 0
            while report_one(s, "in%d" % taken).status == 201:
                taken += 1
                assert taken < 2000, "the disk does not get full"
            refused(report_one(s, "not"))
            os.unlink(os.path.join(small, "filler"))
            until(lambda: s.raw("GET", "/readyz").status == 200, HEALED_S)
            report_one(s, "after").expect(201)
            db = sqlite3.connect("file:%s?mode=ro" % os.path.join(small, "state.db"), uri=True)
            found = sorted(v for v, in db.execute("SELECT version FROM event WHERE asset = 'told'"))
            same(found, sorted(v + end for v in ["before", "after"] + ["in%d" % i for i in range(taken)] for end in ("", "+")))
            same(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            db.close()
    finally:
        subprocess.run(["umount", "-l", small], check=False)


@fault(NEVER_BACK)
def a_state_that_stays_locked_is_told_and_forgotten_once_it_is_free(p, _how):
    p.catalog("assets: {told: {exposed: true}}\n")
    with Service(p) as s:
        report_one(s, "before").expect(201)
        db = sqlite3.connect(p.path(".weir/state.db"), isolation_level=None)
        db.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        refused(report_one(s, "in"))
        assert time.monotonic() - began < ANSWERED_S, "it was answered after %.1f s" % (time.monotonic() - began)
        s.raw("GET", "/healthz").expect(200)
        until(lambda: s.raw("GET", "/readyz").status == 503, HEALED_S)
        db.execute("ROLLBACK")
        db.close()
        until(lambda: s.raw("GET", "/readyz").status == 200, HEALED_S)
        report_one(s, "after").expect(201)
        same(versions(p), ["after", "after+", "before", "before+"])


@fault(Planted("that does not wait for a lock", "src/store/store.c", (("\t\t5000, /*", "\t\t0, /*"),)))
def a_state_that_is_locked_for_a_moment_makes_nobody_fail(p, _how):
    p.catalog("assets: {told: {exposed: true}}\n")
    with Service(p) as s:
        db = sqlite3.connect(p.path(".weir/state.db"), isolation_level=None)
        db.execute("BEGIN IMMEDIATE")
        answers = []
        t = threading.Thread(target=lambda: answers.append(report_one(s, "in")))
        t.start()
        time.sleep(1)
        db.execute("ROLLBACK")
        db.close()
        t.join()
        answers[0].expect(201)
        same(versions(p), ["in", "in+"])


HOLDER = """import fcntl, sys
f = open(sys.argv[1], "r+")
fcntl.flock(f, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@fault(Planted("that waits for others' locks as long as a command does", "src/store/store.c", (
    ("s->serving ? BUSY_WAIT_MS : LOCK_WAIT_MS", "LOCK_WAIT_MS"),)))
def a_weir_that_hangs_while_it_writes_does_not_hang_the_service(p, _how):
    p.catalog("assets: {told: {exposed: true}}\n")
    with Service(p) as s:
        report_one(s, "before").expect(201)
        lock, = [p.path(".weir/" + f) for f in os.listdir(p.path(".weir")) if f.endswith("state.db.lock")]
        with subprocess.Popen([sys.executable, "-c", HOLDER, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
            try:
                same(holder.stdout.readline(), "held\n")
                began = time.monotonic()
                refused(report_one(s, "in"))
                assert time.monotonic() - began < ANSWERED_S, "it was answered after %.1f s" % (time.monotonic() - began)
                s.raw("GET", "/healthz").expect(200)
            finally:
                holder.stdin.close()
                holder.wait()
        until(lambda: s.raw("GET", "/readyz").status == 200, HEALED_S)
        report_one(s, "after").expect(201)
        same(versions(p), ["after", "after+", "before", "before+"])
