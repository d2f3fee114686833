"""A project in a temporary folder, and weir at work in it: what the tests of this folder are written with."""
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time

ROOT = os.environ.get("WEIR_SRC", os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
WEIR = os.path.abspath(os.environ.get("WEIR", os.path.join(ROOT, "build", "weir")))
NOW = "2024-05-10T12:00:00Z"
TIMEOUT_S = 120

TESTS = []


def test(f):
    """Marks a function as a test: it takes a fresh Project, and its name is a sentence."""
    TESTS.append(f)
    return f


def same(got, expected, what=""):
    if got != expected:
        raise AssertionError("%s%sgot %r, expected %r" % (what, ": " if what else "", got, expected))


def contains(text, *parts):
    for part in parts:
        if part not in text:
            raise AssertionError("%r is not in:\n%s" % (part, text))


class Done:
    def __init__(self, args, done):
        self.args, self.status, self.out, self.err = args, done.returncode, done.stdout, done.stderr

    def expect(self, status, *parts):
        """The exit status, and words of either stream."""
        if self.status != status:
            raise AssertionError("weir %s: exit status %d, expected %d\n%s%s" %
                                 (" ".join(self.args), self.status, status, self.out, self.err))
        contains(self.out + self.err, *parts)
        return self

    @property
    def json(self):
        return json.loads(self.out)

    def asset(self, key, partition=""):
        for a in self.json["assets"]:
            if (a["key"], a["partition"]) == (key, partition):
                return a
        raise AssertionError("no asset %r %r in %s" % (key, partition, self.out))

    def outcomes(self):
        """By check id; with the partition behind a bar where there is one."""
        return {c["id"] + ("|" + a["partition"] if a["partition"] else ""): c["outcome"]
                for a in self.json["assets"] for c in a.get("checks", [])}

    def check(self, check_id, partition=""):
        for a in self.json["assets"]:
            for c in a.get("checks", []):
                if (c["id"], a["partition"]) == (check_id, partition):
                    return c
        raise AssertionError("no check %r in %s" % (check_id, list(self.outcomes())))

    def reasons(self):
        """Of a gate: (kind, upstream, effect), sorted, each once."""
        return sorted({(r["kind"], r["upstream"], r["effect"]) for r in self.json["reasons"]})


class Project:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="weir-behaviour-")
        self.now = NOW
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("WEIR") and k not in ("NO_COLOR", "COLUMNS")}
        self.env.update(LC_ALL="C.UTF-8", TZ="UTC", HOME=self.dir)

    def close(self):
        for where, _, _ in os.walk(self.dir):
            os.chmod(where, 0o700)
        shutil.rmtree(self.dir)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, content, at=None):
        """at: the file's time as seconds before NOW."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())
        if at is not None:
            self.touch(name, at)
        return path

    def program(self, name, content):
        """A file that can be run.  Another process writes it: whatever is forked here meanwhile would hold it open, and keep it
        from being run ("text file busy")."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        subprocess.run(["sh", "-c", 'cat >"$1" && chmod 755 "$1"', "sh", path], input=content if isinstance(content, bytes) else content.encode(),
                       check=True)
        return path

    def touch(self, name, at):
        t = 1715342400 - at  # NOW
        os.utime(self.path(name), (t, t))

    @staticmethod
    def settle():
        """Until a file that was just written counts as left alone: its times tell changes no finer than this."""
        time.sleep(0.03)

    def catalog(self, text):
        return self.write("weir.yaml", "version: 1\n" + text)

    def sqlite(self, name, *statements):
        db = sqlite3.connect(self.path(name))
        for s in statements:
            db.execute(s)
        db.commit()
        db.close()

    def start(self, *args, cwd=None, env=None, now=None):
        args = [str(a) for a in args]
        words = args + ([] if "--now" in args or now == "" else ["--now", now or self.now])
        return args, subprocess.Popen([WEIR] + words, cwd=cwd or self.dir, env=dict(self.env, **(env or {})), text=True,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      errors="backslashreplace")

    def weir(self, *args, **how):
        words, p = self.start(*args, **how)
        p.stdout_text, p.stderr_text = p.communicate(timeout=TIMEOUT_S)
        return Done(words, subprocess.CompletedProcess(words, p.returncode, p.stdout_text, p.stderr_text))

    def json(self, *args, **how):
        return self.weir(*args, "--format", "json", **how)

    def check(self, csv, checks, *args, columns="", name="t.csv", asset=""):
        """One CSV file with these checks (lines of YAML), as asset t: what `weir check` says in JSON."""
        if csv is not None:
            self.write(name, csv)
        text = "assets:\n  t:\n    path: %s\n" % name
        if columns:
            text += "    columns: {%s}\n" % columns
        if asset:
            text += "    %s\n" % asset
        text += "    checks:\n" + "".join("      - %s\n" % c for c in checks)
        self.catalog(text)
        return self.json("check", *args)
