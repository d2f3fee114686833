"""The unit of the service: what systemd says of it, and weir under its filter of system calls."""
import os
import re
import shlex
import shutil
import subprocess
import time

from project import ROOT, WEIR, same, test
from receiver import Receiver
from service import Service

UNIT = os.path.join(ROOT, "packaging", "weir.service.in")
EXPOSURE_MAX = 20  # tenths
NOBODY = 65534


def analyze(*args):
    return subprocess.run(["systemd-analyze", *args], capture_output=True, text=True)


def lines_of(key):
    with open(UNIT, encoding="utf-8") as f:
        return re.findall(r"^%s=(.*)$" % key, f.read(), re.M)


def unit_there(p):
    """As it is installed."""
    with open(UNIT, encoding="utf-8") as f:
        return p.write("weir.service", f.read().replace("@bindir@", os.path.dirname(WEIR)))


@test
def systemd_finds_nothing_wrong_with_the_unit(p):
    if shutil.which("systemd-analyze") is None:
        return "SKIP there is no systemd-analyze"
    done = analyze("verify", "--man=no", unit_there(p))
    # It also looks at other units of the machine.
    said = [line for line in done.stderr.splitlines() if "weir" in line and "is not executable" not in line]
    same(said, [])
    done = analyze("security", "--offline=yes", "--threshold=%d" % EXPOSURE_MAX, unit_there(p))
    same(done.returncode, 0, done.stdout[-300:] + done.stderr)
    # An unknown group would be passed over, and what it was to allow be denied.
    assert "Unknown system call" not in done.stderr, done.stderr
    return re.search(r"exposure level.*?: ([0-9.]+)", done.stdout).group(1)


def members(word):
    """The names of the calls behind a word of SystemCallFilter=."""
    if not word.startswith("@"):
        return {word}
    done = analyze("syscall-filter", word)
    same(done.returncode, 0, done.stderr)
    found = re.findall(r"^ +(@?[a-z0-9_-]+)$", done.stdout, re.M)
    return set().union(*(members(w) for w in found if w != word))


def allowed():
    """As systemd puts the lines together: the first says that it is a list of what is allowed, later ones add and take away."""
    calls = members("@default")
    for line in lines_of("SystemCallFilter"):
        for word in line.lstrip("~").split():
            calls = calls - members(word) if line.startswith("~") else calls | members(word)
    return calls


def start_filtered(p):
    """The program that starts another one under the filter."""
    p.write("names", "".join("#ifdef SYS_%s\nALLOW(%s)\n#endif\n" % (name, name) for name in sorted(allowed())))
    program = p.path("unit_filter")
    subprocess.run(shlex.split(os.environ.get("CC") or "cc") +
                   ["-Wall", "-DNAMES=\"%s\"" % p.path("names"), "-o", program, os.path.join(ROOT, "tests", "behaviour", "unit_filter.c")], check=True)
    return program


def give_away(p):
    """To nobody, as whom it runs where root starts it."""
    if os.geteuid() == 0:
        for where, _, files in os.walk(p.dir):
            os.chown(where, NOBODY, NOBODY)
            for name in files:
                os.chown(os.path.join(where, name), NOBODY, NOBODY)


CATALOG = """project: shop
service: {probe_every: off}
alerts:
  enabled: true
  flapping: off
  allow_private: ["127.0.0.1:%d"]
  channels:
    hook: {type: webhook, url: "%s"}
    shell: {type: command, command: [sh, -c, "cat >> told"]}
  routes: [{to: [hook, shell]}]
assets:
  a: {path: a.csv, exposed: true, checks: [{between: {column: x, max: 9}}]}
  b: {source: "sqlite:b.db", table: b, exposed: true, checks: [{between: {column: x, max: 9}}]}
  mart: {exposed: true, depends_on: [a, b]}
"""


@test
def the_service_and_its_children_work_under_the_filter_of_the_unit(p):
    if shutil.which("systemd-analyze") is None:
        return "SKIP there is no systemd-analyze"
    if "SECCOMP" not in analyze("--version").stdout.replace("-SECCOMP", ""):
        return "SKIP this systemd has no filters"
    if os.uname().machine not in ("x86_64", "aarch64"):
        return "SKIP the filter is not written for this processor"
    with open(WEIR, "rb") as f:
        if b"__asan_init" in f.read():
            return "SKIP a sanitizer wants more than the filter allows"
    p.write("a.csv", "x\n1\n")
    p.sqlite("b.db", "CREATE TABLE b (x INTEGER)", "INSERT INTO b VALUES (1)")
    with Receiver() as receiver:
        p.catalog(CATALOG % (receiver.port, receiver.url()))
        starter = start_filtered(p)
        give_away(p)
        if os.geteuid() == 0 and subprocess.run([starter, WEIR, "--version"], cwd=p.dir, capture_output=True).returncode != 0:
            return "SKIP nobody may start %s" % WEIR
        with Service(p, under=[starter]) as s:
            for x, outcome, decision in ((1, "pass", "allow"), (10, "fail", "block")):
                p.write("a.csv", "x\n%d\n" % x)
                for asset, wanted in (("a", outcome), ("b", "pass")):
                    run = s.post("/v1/runs", {"asset": asset}, headers={"Prefer": "wait=20"}).expect(200).json
                    same((run["state"], run.get("outcome")), ("done", wanted), "%s: %s\n%s" % (asset, run, s.logged))
                same(s.get("/v1/gates/mart", run="1", wait="10s").json.get("decision", "block"), decision)
            end = time.monotonic() + 20
            while not (receiver.requests and os.path.exists(p.path("told"))) and time.monotonic() < end:
                time.sleep(0.05)
            same((len(receiver.requests), os.path.exists(p.path("told"))), (1, True), s.logged)
            assert "warning" not in s.logged and "error" not in s.logged, s.logged
    return "%d calls allowed" % len(allowed())
