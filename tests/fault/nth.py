"""The Nth allocation, read, write or sync of a service at work fails, once or for a while, wherever in its processes that is.

The chances are drawn anew at each point; what fails and when stands in a plan that the preloaded fault.c shares with the processes.  After each
point the service either goes on or has ended with a message; the one that is started after it is ready, takes events, and judges as before.
The oracle is that of service_kill9.
"""
import errno
import mmap
import re
import signal
import struct
import time

from faults import Planted, Skip, fault, until
import service
from world import World

KINDS = {"memory": 1, "write": 2, "read": 3, "sync": 4}
PLAN = struct.Struct("=7q")  # struct plan of fault.c
OFF = PLAN.pack(0, 0, 0, 0, 0, 0, 0)
BACK_S = 20  # on a busy machine; a state in trouble is tried each second
LASTS_S = 0.3  # what fails for a while
# A sanitizer whose own allocation fails ends with "CHECK failed", which is not weir's.
CRASHED = re.compile(r"crashed \(signal|ERROR: \w+Sanitizer|runtime error:|Assertion")


class Plan:
    """What fails next; written by the test, read by all processes of the service."""

    def __init__(self, path):
        self.path = path
        with open(path, "w+b") as f:
            f.write(OFF)
            f.flush()
            self.map = mmap.mmap(f.fileno(), PLAN.size)

    def set(self, kind, code, at, sticky, process):
        self.map[:] = PLAN.pack(0, code, at, sticky, process, 0, 0)
        self.map[:8] = struct.pack("=q", KINDS[kind])

    def off(self):
        """How many calls there were, and how many failed."""
        self.map[:8] = struct.pack("=q", 0)
        return PLAN.unpack(self.map[:])[5:]

    @property
    def hits(self):
        return PLAN.unpack(self.map[:])[6]


class Trouble(World):
    """kind, code: what fails, and with which errno."""

    def __init__(self, seed, how, kind, code):
        super().__init__(service.WEIR, seed)  # which may be one with a bug
        self.plan = Plan(self.p.path("plan"))
        self.env = dict(how.preloaded("fault"), FAULT_PLAN=self.plan.path)
        self.kind, self.code, self.usual = kind, code, {}
        self.hits, self.ends, self.where = 0, 0, ""
        if kind == "read":
            self.rows = 100000  # more than one read of its file, and the one bad value in the last

    def work(self):
        """Something of everything, besides what the clients do: new data, checks, a look at the whole, a reload."""
        self.flip()
        if self.rng.random() < 0.3:
            self.service.signal(signal.SIGHUP)
        self.check_bad(2)
        self.ask("GET", "/v1/assets")

    def check_bad(self, seconds):
        """What never is good: its outcome once that is there."""
        answer = self.ask("POST", "/v1/runs", b'{"asset": "bad"}', {"Content-Type": "application/json", "Prefer": "wait=%d" % seconds})
        if answer is None or answer.status != 200 or answer.json["state"] not in ("done", "failed"):
            return None
        outcome = answer.json.get("outcome")
        if outcome not in (None, "fail", "error"):
            self.wrong.append("falsely passed: a run of what never was good has the outcome '%s'" % outcome)
        return outcome

    def measure(self):
        """How many calls there are in such a time, of all processes and of the service's own."""
        for process in (0, self.pid):
            self.plan.set(self.kind, self.code, 0, 0, process)
            self.work()
            self.usual[bool(process)] = self.plan.off()[0]
        if not all(self.usual.values()):
            raise Skip("the calls of this program cannot be failed from outside")

    def point(self):
        # What is read is mostly read by children.
        own, sticky = self.rng.random() < (0.2 if self.kind == "read" else 0.6), self.rng.random() < 0.3
        at = self.rng.randrange(1, self.usual[own] + 1)
        self.where = "%s %d%s of %s" % (self.kind, at, " and after" if sticky else "", "its own" if own else "all")
        self.plan.set(self.kind, self.code, at, sticky, self.pid if own else 0)
        self.work()
        if sticky:
            self.ending.wait(LASTS_S)
        self.hits += bool(self.plan.hits)
        self.plan.off()
        self.kills += 1
        self.see_it_go_on()

    def has_ended(self):
        """If so it has said why, and is started again."""
        process = self.service.process
        if process.poll() is None:
            return False
        self.service.reader.join(5)
        last = [line for line in self.service.logged.splitlines() if line][-3:]
        if process.returncode <= 0 or not any("memory" in line or "weir: " in line for line in last):
            raise AssertionError("it ended with %d and said: %s" % (process.returncode, "\n".join(last)))
        self.ends += 1
        self.start()
        return True

    def see_it_go_on(self):
        """An event is taken, and what is not good is judged; who waits in vain says where."""
        try:
            if CRASHED.search(self.service.logged):
                raise AssertionError("a process crashed")
            taken = len(self.acknowledged)
            until(lambda: self.has_ended() or len(self.acknowledged) > taken, BACK_S)
            until(lambda: self.has_ended() or self.judged(), BACK_S)
        except AssertionError as e:
            raise AssertionError("%s: %s\n%s" % (self.where, e, self.service.logged[-1500:]))

    def judged(self):
        self.flip()
        return self.check_bad(5) == "fail"


def trial(how, kind, code):
    world = Trouble(how.rng("%s %d" % (kind, code)).randrange(10 ** 9), how, kind, code)
    end = time.monotonic() + how.seconds
    try:
        world.begin()
        world.measure()
        while time.monotonic() < end and not world.wrong:
            world.point()
        world.stop()
        world.drain()
        wrong = world.mistakes()
        assert not wrong, "\n".join([world.where] + wrong)
        assert world.hits, "nothing failed"
    finally:
        world.ending.set()
        if world.service is not None:
            world.service.kill()
        world.receiver.stop()
        world.p.close()
    return "%d of %d points met, ended %d times, %d events, %d gates, %d messages" % (
        world.hits, world.kills, world.ends, len(world.acknowledged), world.gates, len(world.receiver.acknowledged))


ACK_FIRST = Planted("that tells of success before it looks whether there was any", "src/serve/commit.c", (
    ("\t\t\trelease(s, batch, &err);\n", "\t\t\trelease(s, batch, NULL);\n"),))


@fault(Planted("that does not look whether it got memory", "src/base/arena.c", (
    ("\tvoid *p = malloc(size > 0 ? size : 1);\n\n\tif (p == NULL)\n", "\tvoid *p = malloc(size > 0 ? size : 1);\n\n\tif (size == SIZE_MAX)\n"),)))
def an_allocation_that_fails_ends_it_with_a_message_or_not_at_all(_p, how):
    return trial(how, "memory", errno.ENOMEM)


@fault(Planted("that takes what could not be judged for good", "src/run/evaluate.c", (
    ("\t\t.outcome = OUTCOME_ERROR, .err = *err, .message = arena_svf(w->a, \"%s\", err->msg)};\n\n\tret->err = *err;\n",
     "\t\t.outcome = OUTCOME_PASS, .message = arena_svf(w->a, \"%s\", err->msg)};\n\n"),)))
def a_read_that_fails_is_told_and_passes_nothing(_p, how):
    return trial(how, "read", errno.EIO)


@fault(ACK_FIRST)
def a_write_that_fails_loses_nothing_that_was_acknowledged(_p, how):
    return trial(how, "write", errno.EIO)


@fault(ACK_FIRST)
def a_disk_that_is_full_for_a_moment_loses_nothing_that_was_acknowledged(_p, how):
    return trial(how, "write", errno.ENOSPC)


@fault(ACK_FIRST)
def a_sync_that_fails_loses_nothing_that_was_acknowledged(_p, how):
    return trial(how, "sync", errno.EIO)
