"""Runs weir and compares its verdicts, for the tests that hold engines to the same ones."""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
WEIR = os.path.abspath(os.environ.get("WEIR", os.path.join(ROOT, "build", "weir")))
TIMEOUT_S = 110
TOLERANCE = 1e-9


class Failure(Exception):
    """What weir did instead of answering."""


def weir(args, folder, threads, morsel=None, metadata=True, level=None, memory=None):
    """The report.  level: of instructions, a name; memory: a limit, as --memory takes it."""
    env = {k: v for k, v in os.environ.items() if k in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS")}
    env.update(LC_ALL="C.UTF-8", TZ="UTC", HOME=folder)
    if morsel:
        env["WEIR_MORSEL_BYTES"] = str(morsel)
    if not metadata:
        env["WEIR_METADATA"] = "off"
    if level:
        env["WEIR_SIMD"] = level
    command = [WEIR, *args, "--threads", str(threads), "--format", "json", "--store", ":memory:", "-q"] + (["--memory", memory] if memory else [])
    done = subprocess.run(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S, check=False)
    if done.returncode not in (0, 1, 3) or done.stderr:
        raise Failure("%s: status %d\n%s" % (" ".join(command), done.returncode, done.stderr.decode(errors="replace")))
    return json.loads(done.stdout)


def same(a, b):
    """Numbers by their size, lists and records by element; what does not fit its type is shown as text by some."""
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b or abs(a - b) <= TOLERANCE * max(abs(a), abs(b))
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return a == b


def check_key(check, asset):
    return check["id"][len(asset) + 1:] if asset else check["id"]


def compare(expected, expected_name, got, got_name):
    """Lines on what differs."""
    wrong = []
    left = {check_key(c, expected_name): c for c in expected}
    right = {check_key(c, got_name): c for c in got}
    for key in list(left) + [k for k in right if k not in left]:
        a, b = left.get(key), right.get(key)
        if a is None or b is None:
            wrong.append("%s: only in one of them" % key)
        elif a["outcome"] != b["outcome"]:
            wrong.append("%s: %s, expected %s (%s / %s)" % (key, b["outcome"], a["outcome"], b["message"], a["message"]))
        elif not same(a["result"], b["result"]):
            for part in sorted(set(a["result"]) | set(b["result"])):
                if not same(a["result"].get(part), b["result"].get(part)):
                    wrong.append("%s: %s is %s, expected %s" % (key, part, b["result"].get(part), a["result"].get(part)))
    return wrong


class Tap:
    def __init__(self):
        self.n = self.failed = 0

    def line(self, name, wrong):
        self.n += 1
        self.failed += bool(wrong)
        print("%s %d - %s" % ("not ok" if wrong else "ok", self.n, name))
        for text in wrong[:40]:
            for part in str(text).split("\n")[:20]:
                print("#   " + part[:400])
        sys.stdout.flush()
