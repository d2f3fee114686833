"""What the tests of the service under faults share: preloaded libraries, weirs with a bug in them, and looks at the state and at processes."""
import os
import random
import re
import shlex
import sqlite3
import subprocess
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.abspath(os.environ.get("WEIR_SRC") or os.path.join(HERE, "..", ".."))
BUILD = os.environ.get("WEIR_BUILD", os.path.join(TOP, "build"))
CC = shlex.split(os.environ.get("CC") or "cc")


def sanitized(program):
    with open(program, "rb") as f:
        text = f.read()
    return b"__asan_init" in text or b"__tsan_init" in text


def build_library(folder, name, *options):
    """From tests/fault/NAME.c, to be preloaded."""
    path = os.path.join(folder, name + ".so")
    subprocess.run(CC + ["-shared", "-fPIC", "-O1", *options, "-o", path, os.path.join(HERE, name + ".c"), "-ldl"], check=True)
    return path


# Weirs with a bug


def build_there():
    return os.path.exists(os.path.join(BUILD, "libweir.a"))


def make_variable(name):
    with open(os.path.join(BUILD, "Makefile"), encoding="utf-8") as f:
        m = re.search(r"^%s = (.*)$" % name, f.read(), re.M)
    return shlex.split(m.group(1)) if m else []


class Planted:
    """A bug: its name, the file it is in, and what stands there instead of what."""

    def __init__(self, name, source, changes):
        self.name, self.source, self.changes = name, source, changes

    def text(self):
        """The source with the bug."""
        with open(os.path.join(TOP, self.source), encoding="utf-8") as f:
            text = f.read()
        for old, new in self.changes:
            if text.count(old) != 1:
                raise AssertionError("%s has changed: the bug of a weir %s cannot be planted as it is written down (%r)" %
                                     (self.source, self.name, old))
            text = text.replace(old, new)
        return text

    def build(self, folder):
        """The program with the bug, from the library of the build and one changed file."""
        text = self.text()
        source, program = os.path.join(folder, os.path.basename(self.source)), os.path.join(folder, "weir")
        with open(source, "w", encoding="utf-8") as f:
            f.write(text)
        subprocess.run(CC + ["-w", "-D_GNU_SOURCE", "-I" + os.path.join(TOP, "src"), "-I" + BUILD] + make_variable("WEIR_CPPFLAGS") +
                       [w for w in make_variable("WEIR_CFLAGS") if not w.startswith("-W")] +
                       [source, os.path.join(TOP, "src", "weir.c"), os.path.join(BUILD, "libweir.a"), "-o", program] +
                       make_variable("WEIR_LDFLAGS") + make_variable("WEIR_LIBS"), check=True)
        return program


# Tests

FAULTS = []


class Skip(Exception):
    """What this machine cannot do, and why."""


class How:
    """How the tests are run: for how long, with which chances and libraries."""

    def __init__(self, folder, seed, long, planted=False):
        self.folder, self.seed, self.long, self.libraries, self.lock = folder, seed, long, {}, threading.Lock()
        self.seconds = 240 if long else 60 if planted else 5  # of tests that go on until time is up

    def rng(self, what):
        return random.Random("%d %s" % (self.seed, what))

    def preloaded(self, name, *options):
        """The environment that has the library of this name under the program, sanitized or not."""
        with self.lock:
            if name not in self.libraries:
                self.libraries[name] = build_library(self.folder, name, *options)
        return {"LD_PRELOAD": self.libraries[name],
                "ASAN_OPTIONS": ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0")))}


def fault(bug):
    """Marks a function (project, how) as a test; bug: what it is there to find."""
    def mark(f):
        f.bug = bug
        FAULTS.append(f)
        return f
    return mark


def until(what, seconds=15, wait=0.02):
    """What it gives once that is something; how long that took is left to the caller."""
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError("it did not come to be within %d s" % seconds)
        time.sleep(wait)


def metric(s, name):
    """Of a service, as it says."""
    return float(re.search(r"^%s (\S+)$" % name, s.raw("GET", "/metrics").text, re.M).group(1))


def settle(s):
    """Until a service has done what was due by now: its keeper has gone by once more from begin to end, and nothing is at work."""
    turn = metric(s, "weir_scheduler_ticks_total")
    until(lambda: metric(s, "weir_scheduler_ticks_total") >= turn + 2)
    until(lambda: metric(s, "weir_work_queued") + metric(s, "weir_work_running") == 0)


# Looks


def query(p, sql):
    """Straight from the state of a project."""
    db = sqlite3.connect("file:%s?mode=ro" % p.path(".weir/state.db"), uri=True, timeout=20)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def children(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as f:
            return [int(word) for word in f.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def descriptors(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def memory_bytes(pid):
    with open("/proc/%d/statm" % pid, encoding="ascii") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def cpu_s(pid):
    with open("/proc/%d/stat" % pid, encoding="ascii") as f:
        words = f.read().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


# Reports


def report(number, name, wrong, note):
    """A line of TAP, and those of what is wrong; true if anything is."""
    print("%sok %d - %s%s" % ("not " if wrong else "", number, name, " # " + note if note else ""))
    for line in "\n".join(wrong[:50]).splitlines():
        print("#   " + line, flush=True)
    return bool(wrong)
