"""A service under load that dies or falls into trouble again and again, and the oracle that finds what was lost, twice or made up.

Clients report events, each under a key of its own, and repeat what was not answered; others ask gates; data changes between good and bad,
so that incidents open and end; a receiver takes the alerts, now and then slowly or not at all.
"""
import http.client
import os
import random
import signal
import threading
import time

from faults import children, query, sanitized
from project import WEIR, Project
from receiver import Receiver
from service import Service
import service

ASSETS = ("a", "b", "c")
CHANNELS = ("one", "two")
IN_FLIGHT = 16  # messages of a channel that may be with the receiver when weir is killed
READY_S = 15 if sanitized(WEIR) else 2  # a sanitizer is slow to start, and the machine may be busy
LATE_S = 20  # what is answered at all is answered by then


class MoodyReceiver(Receiver):
    """Now and then slow, or of no use; remembers which ids it has acknowledged."""

    def __init__(self, rng):
        self.rng, self.calm = rng, False
        self.acknowledged = {}  # (path, id): how often
        super().__init__()

    def answer_for(self, path):
        if not self.calm and self.rng.random() < 0.1:
            return self.rng.choice(["500", "503", "close"])
        key = (path, self.requests[-1].id)
        self.acknowledged[key] = self.acknowledged.get(key, 0) + 1
        return "200" if self.calm else "slow:%.3f" % (self.rng.random() * 0.05)


class World:
    def __init__(self, weir, seed, env=None):
        self.env = env
        self.rng = random.Random(seed)
        self.p = Project()
        self.receiver = MoodyReceiver(random.Random(seed + 1))
        self.weir, self.service, self.kills, self.slowest = weir, None, 0, 0.0
        self.ending, self.threads, self.wrong = threading.Event(), [], []
        self.acknowledged, self.tried, self.gates, self.rows = {}, set(), 0, 0
        channels = "".join("    %s: {type: webhook, url: \"%s\", timeout: 5s}\n" % (c, self.receiver.url("/" + c)) for c in CHANNELS)
        assets = "".join("  %s: {path: %s.csv, exposed: true, checks: [{between: {column: x, max: 9}, name: small}]}\n" %
                         (a, a) for a in ASSETS)
        self.p.catalog("project: shop\nservice: {probe_every: 1s, believe: 1s, workers: 2}\nalerts:\n  enabled: true\n  flapping: off\n"
                       "  allow_private: [\"127.0.0.1:%d\"]\n  channels:\n%s  routes: [{to: [%s]}]\nassets:\n%s"
                       "  told: {exposed: true}\n  mart: {exposed: true, depends_on: [%s]}\n"
                       "  bad: {path: bad.csv, checks: [{between: {column: x, max: 9}, name: small}]}\n"
                       "  below: {exposed: true, depends_on: [bad]}\n" %
                       (self.receiver.port, channels, ", ".join(CHANNELS), assets, ", ".join(ASSETS)))
        self.flip()

    @property
    def pid(self):
        return self.service.process.pid

    def flip(self):
        for a in ASSETS:
            self.p.write(a + ".csv", "x\n%d\n" % self.rng.choice((1, 10)))
        # New each time, never good, and with rows enough that a part of it might pass.
        self.rows += 1
        self.p.write("bad.csv", "x\n" + "1\n" * self.rows + "10\n")

    def start(self):
        service.WEIR = self.weir
        begun = time.monotonic()
        self.service = Service(self.p, env=self.env)
        self.slowest = max(self.slowest, time.monotonic() - begun)

    # Clients, each a thread

    def ask(self, method, target, body=None, headers=None):
        """The answer, or None if there was none: who asks goes on with the service that is there then."""
        s = self.service
        try:
            c = s.connection(LATE_S)
            try:
                return s.raw(method, target, body, headers, c)
            finally:
                c.close()
        except TimeoutError:
            if self.service is s and s.process.poll() is None:
                self.wrong.append("%s %s was not answered within %d s" % (method, target, LATE_S))
        except (OSError, http.client.HTTPException, AssertionError):
            pass
        return None

    def report_events(self, who):
        n = 0
        while not self.ending.is_set():
            n += 1
            version = "v%d-%d" % (who, n)
            self.tried.add(version)
            body = ('{"asset": "told", "version": "%s"}' % version).encode()
            headers = {"Content-Type": "application/json", "Idempotency-Key": '"%s"' % version}
            while True:
                answer = self.ask("POST", "/v1/events", body, headers)
                if answer is not None and answer.status == 201:
                    self.acknowledged[version] = answer.json["events"][0]["id"]
                    break
                if answer is not None and answer.status != 503:
                    self.wrong.append("an event: %d %s" % (answer.status, answer.text))
                if self.ending.wait(0.01):
                    break

    def ask_gate(self, target):
        answer = self.ask("GET", target)
        if answer is None or answer.status == 503:
            return None
        if answer.status not in ((200, 404, 423)):
            self.wrong.append("a gate: %d %s" % (answer.status, answer.text[:300]))
            return None
        self.gates += 1
        return answer.json.get("gate", answer.json)["decision"]

    def ask_gates(self):
        while not self.ending.wait(0.01):
            self.ask_gate("/v1/gates/mart")
            for more in ("", "?as=status", "?run=1&wait=1s"):
                decision = self.ask_gate("/v1/gates/below" + more)
                if decision not in (None, "block"):
                    self.wrong.append("falsely passed: a gate below what never was good says '%s'" % decision)

    def change_data(self):
        while not self.ending.wait(0.25):
            self.flip()

    def begin(self):
        self.start()
        self.threads = [threading.Thread(target=self.report_events, args=(i,)) for i in range(4)]
        self.threads += [threading.Thread(target=self.ask_gates), threading.Thread(target=self.change_data)]
        for t in self.threads:
            t.start()

    # Kills

    def kill_service(self):
        self.service.kill()
        self.start()

    def kill_below(self, deep):
        """The forker, or what it has made: the service goes on."""
        found = children(self.pid)
        if deep:
            below = [c for f in found for m in children(f) for c in [m] + children(m)]
            found = below or found
        for pid in found[:1]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.kills += bool(found)
        end = time.monotonic() + LATE_S
        while True:
            answer = self.ask("POST", "/v1/runs", b'{"asset": "a"}', {"Content-Type": "application/json", "Prefer": "wait=5"})
            if answer is not None and answer.status == 200 and answer.json["state"] == "done":
                return
            if time.monotonic() > end:
                self.wrong.append("no check is done after a child was killed: %s\n%s" %
                                  (answer and answer.text[:500], self.service.logged[-1000:]))
                return
            time.sleep(0.1)

    def point(self):
        time.sleep(self.rng.random() * 0.5)
        dice = self.rng.random()
        if dice < 0.8:
            self.kills += 1
            self.kill_service()
        else:
            self.kill_below(dice > 0.9)

    # The end

    def stop(self):
        self.ending.set()
        for t in self.threads:
            t.join(60)
        if self.service is not None and self.service.process.poll() is None:
            self.service.stop()

    def drain(self):
        """Until nothing is pending: what failed is due within 12 hours and 10 %."""
        self.receiver.calm = True
        for hours in range(0, 14 * 7, 14):
            if not query(self.p, "SELECT 1 FROM message WHERE state = 'pending'"):
                return
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + hours * 3600))
            self.p.weir("alerts", "send", now=at)
        self.wrong.append("the outbox does not empty")

    def mistakes(self):
        """What the oracle finds wrong, one line each."""
        wrong, stored = list(self.wrong), {}
        for i, version in query(self.p, "SELECT id, version FROM event WHERE asset = 'told' AND reporter = 'http'"):
            stored.setdefault(version, []).append(i)
        for version, i in sorted(self.acknowledged.items()):
            if i not in stored.get(version, []):
                wrong.append("lost: event %s (%s) was acknowledged" % (version, i))
        wrong += ["twice: event %s is there %d times" % (v, len(ids)) for v, ids in sorted(stored.items()) if len(ids) > 1]
        wrong += ["unexpected: event %s" % v for v in sorted(set(stored) - self.tried)]
        arrived = self.receiver.acknowledged
        committed = {("/" + channel, i): state for channel, i, state in query(self.p, "SELECT channel, id, state FROM message")}
        wrong += ["lost: %s to %s, which the outbox calls %s" % (k[1], k[0], committed[k]) for k in sorted(set(committed) - set(arrived))]
        wrong += ["unexpected: %s to %s" % (k[1], k[0]) for k in sorted(set(arrived) - set(committed))]
        for incident, resolved in query(self.p, "SELECT id, resolved_us FROM incident"):
            for channel in CHANNELS:
                told = {t for t, in query(self.p, "SELECT type FROM message JOIN message_incident ON message = seq"
                                                  " WHERE incident = '%s' AND channel = '%s'" % (incident, channel))}
                wanted = {"incident.opened"} | ({"incident.resolved"} if resolved is not None else set())
                if not wanted <= told:
                    wrong.append("incident %s was told to %s only as %s" % (incident, channel, sorted(told)))
        if query(self.p, "PRAGMA integrity_check") != [("ok",)]:
            wrong.append("integrity_check: %s" % query(self.p, "PRAGMA integrity_check"))
        if sum(n - 1 for n in arrived.values()) > self.kills * len(CHANNELS) * IN_FLIGHT:
            wrong.append("%d duplicates after %d kills" % (sum(n - 1 for n in arrived.values()), self.kills))
        if self.slowest > READY_S:
            wrong.append("it was ready only after %.1f s" % self.slowest)
        return wrong

    def note(self):
        return "%d killed, %d events, %d gates, %d messages, %d duplicates, ready after %.2f s at most" % (
            self.kills, len(self.acknowledged), self.gates, len(self.receiver.acknowledged),
            sum(n - 1 for n in self.receiver.acknowledged.values()), self.slowest)
