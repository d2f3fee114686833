"""Many at once: clients that dawdle, and reloads one upon the other."""
import http.client
import os
import resource
import signal
import socket
import threading
import time

from faults import Planted, Skip, children, descriptors, fault, memory_bytes, sanitized, until
from project import WEIR, same
from service import Service

ANSWERED_S = 5  # not a test of speed: what is held up by others would wait for much longer
GROWTH_BYTES = 24 << 20


def slow_sockets(s, n):
    """Half of them in the middle of a header, the others in that of a body."""
    held = []
    for i in range(n):
        c = socket.create_connection((s.host, s.port), timeout=10)
        c.sendall(b"GET /v1/assets HTTP/1.1\r\nHost: localhost\r\nX-Slow: " if i % 2 else
                  b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
        held.append(c)
    return held


@fault(Planted("that has room for few", "src/serve/httpd.c", (("	CONNECTIONS_MAX = 4096,\n", "	CONNECTIONS_MAX = 512,\n"),)))
def a_thousand_clients_that_dawdle_keep_nobody_out(p, how):
    n = 3000 if how.long else 1000
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < n + 200:
        raise Skip("no process may open %d files here" % (n + 200))
    p.catalog("assets: {a: {exposed: true}}\n")
    with Service(p) as s:
        held = slow_sockets(s, n)
        try:
            worst, end = 0.0, time.monotonic() + (60 if how.long else 4)
            while time.monotonic() < end:
                for target in ("/healthz", "/v1/assets", "/v1/gates/a"):
                    began = time.monotonic()
                    s.raw("GET", target).expect(200)
                    worst = max(worst, time.monotonic() - began)
                s.post("/v1/events", {"asset": "a"}).expect(201)
                # They are not silent, but say a byte now and then.
                for c in held[:: 10]:
                    try:
                        c.send(b"x")
                    except OSError:
                        pass  # sent away, which is right
            assert worst < ANSWERED_S, "the slowest answer took %.1f s" % worst
        finally:
            for c in held:
                c.close()
    return "%d sockets, slowest answer %.0f ms" % (n, worst * 1000)


def many_assets(n, more):
    return "assets:\n" + "".join("  raw/a%d: {exposed: true, freshness: {max_age: 1d}}\n" % i for i in range(n)) + more


class Load:
    """Clients that report events and ask gates until they are told to stop; what they got that was no answer to that."""

    def __init__(self, s, n):
        self.s, self.wrong, self.ending, self.events = s, [], threading.Event(), 0
        self.threads = [threading.Thread(target=self.work) for _ in range(n)]
        for t in self.threads:
            t.start()

    def work(self):
        c = self.s.connection()
        while not self.ending.is_set():
            try:
                one = self.s.raw("POST", "/v1/events", b'{"asset": "raw/a1"}', {"Content-Type": "application/json"}, c)
                two = self.s.raw("GET", "/v1/gates/raw%2Fa2", connection=c)
            except (OSError, http.client.HTTPException, AssertionError) as e:
                self.wrong.append(repr(e))
                break
            self.wrong += ["%d %s" % (a.status, a.text[:300]) for a, good in ((one, 201), (two, 200)) if a.status != good]
            self.events += 1
        c.close()

    def stop(self):
        self.ending.set()
        for t in self.threads:
            t.join(30)


def load_anew(p, s, more):
    """Replaced at once, as an editor does: half a catalog may be a catalog."""
    os.rename(p.write("new.yaml", "version: 1\n" + many_assets(300, more)), p.path("weir.yaml"))
    s.signal(signal.SIGHUP)


def storm(p, s, n):
    """One reload upon the other, each time another catalog."""
    for i in range(n):
        load_anew(p, s, "  new%d: {exposed: true}\n" % (i % 7))
        time.sleep(0.05)
    load_anew(p, s, "  last: {exposed: true}\n")
    until(lambda: s.get("/v1/assets/last").status == 200)
    load_anew(p, s, "")
    until(lambda: s.get("/v1/assets/last").status == 404)


def settled(s):
    """Descriptors and children once nothing is under way any more."""
    seen = []

    def same_for_a_second():
        seen.append((descriptors(s.process.pid), len(children(s.process.pid))))
        return len(seen) > 10 and len(set(seen[-10:])) == 1 and seen[-1]

    return until(same_for_a_second, 30, 0.1)


@fault(Planted("that keeps the files of what it has loaded", "src/serve/keeper.c", (
    ("	s->project = p;\n	follow_project(k);\n", "	(void)dup(k->signals);\n	s->project = p;\n	follow_project(k);\n"),)))
def reloads_upon_reloads_under_load_lose_no_request_and_leave_nothing_behind(p, how):
    p.catalog(many_assets(300, ""))
    with Service(p) as s:
        storm(p, s, 10)
        before, memory = settled(s), memory_bytes(s.process.pid)
        load = Load(s, 3)
        try:
            storm(p, s, 1000 if how.long else 60)
        finally:
            load.stop()
        same(load.wrong[:3], [])
        assert load.events > 20, load.events
        after = settled(s)
        assert after[0] <= before[0] and after[1] <= before[1], "descriptors and children: %s before, %s after" % (before, after)
        grown = memory_bytes(s.process.pid) - memory
        # A sanitizer keeps what is freed.
        assert sanitized(WEIR) or grown < GROWTH_BYTES, "%.1f MiB more memory" % (grown / 2 ** 20)
        assert not os.path.exists("/proc/%d/fd/1000" % s.process.pid)
    return "%d events, %.1f MiB more" % (load.events, grown / 2 ** 20)
