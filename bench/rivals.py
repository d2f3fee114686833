"""Which peers bench/run knows, how each is started, and how those of npm are installed.

A row is a tool in one way of asking it.  The same tool may come as a Python module and as a package of npm: these are different versions,
and both are named with it.
"""
import json
import os
import platform
import subprocess

import peers

HERE = os.path.dirname(os.path.abspath(__file__))
# The npm names of this machine's architecture; the version is part of what is measured.
MACHINE = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
DUCKDB, POLARS = "@duckdb/node-bindings-linux-" + MACHINE, "nodejs-polars"
# The native part of Polars is named too: npm leaves it out, without a word, where node is older than it asks for.
PACKAGES = {DUCKDB: "1.5.6-r.1", POLARS: "0.26.1", "%s-linux-%s-gnu" % (POLARS, MACHINE): "0.26.1"}

ALL, NO_JSON = ("csv", "parquet", "jsonl"), ("csv", "parquet")
SUITES, WITH_METADATA = ("orders-12", "without"), ("orders-12", "without", "metadata")


class Rival:
    """name: in the tables, with the version put in; home: python or npm; tool: the module or package; way: peers.statements; most: the runs that are worth their time."""

    def __init__(self, name, home, tool, way, forms, most, suites=SUITES):
        self.name, self.home, self.tool, self.way, self.forms, self.most, self.suites = name, home, tool, way, forms, most, suites


TABLE = (
    Rival("DuckDB %s, one query", "npm", DUCKDB, "best", ALL, 99, WITH_METADATA),
    Rival("DuckDB %s, one query, plain `NOT IN`", "npm", DUCKDB, "plain", NO_JSON, 99),
    Rival("DuckDB %s, a table and 12 queries", "npm", DUCKDB, "table", ("csv",), 3),
    Rival("DuckDB %s, 12 queries of the file", "npm", DUCKDB, "queries", NO_JSON, 3),
    Rival("Polars %s, one lazy query", "npm", POLARS, "best", ALL, 99),
    Rival("DuckDB %s, one query", "python", "duckdb", "best", ALL, 99, WITH_METADATA),
    Rival("DuckDB %s, a table and 12 queries", "python", "duckdb", "table", ("csv",), 3),
    Rival("Polars %s, one lazy query", "python", "polars", "best", ALL, 99),
    Rival("pandas %s (one thread)", "python", "pandas", "best", ("csv",), 2, ("orders-12",)),
    Rival("Great Expectations %s on pandas (one thread)", "python", "great_expectations", "best", ("csv",), 1, ("orders-12",)),
)


def run(command, **options):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **options)


class Homes:
    """Where the peers live: the interpreters that may import them, and the folder where npm installs."""

    def __init__(self, which, pythons, folder, npm):
        self.folder, self.npm, self.python, self.versions, self.missing = folder, npm, {}, {}, []
        if which != "npm":
            for module in peers.MODULES:
                self.look_for_module(module, pythons)
        if which != "python":
            self.install()
        self.table = [r for r in TABLE if (r.home, r.tool) in self.versions]

    def look_for_module(self, module, pythons):
        for python in pythons:
            done = run([python, "-c", "import %s; print(%s.__version__)" % (module, module)])
            if done.returncode == 0:
                self.python[module], self.versions["python", module] = python, done.stdout.split()[-1]
                return
        self.missing.append("%s of Python" % module)

    def package(self, name):
        return os.path.join(self.npm, "node_modules", name)

    def version(self, name):
        try:
            with open(os.path.join(self.package(name), "package.json"), encoding="utf-8") as f:
                return json.load(f)["version"]
        except OSError:
            return None

    def install(self):
        """Into a folder of its own, with the registry that npm is set up for; what is there in this version is not asked for again."""
        why = ""
        if any(self.version(name) != v for name, v in PACKAGES.items()):
            os.makedirs(self.npm, exist_ok=True)
            try:
                done = run(["npm", "install", "--prefix", self.npm, "--no-save", "--no-audit", "--no-fund"] +
                           ["%s@%s" % p for p in PACKAGES.items()], timeout=600)
                why = (done.stderr.strip().splitlines() or [""])[-1] if done.returncode != 0 else ""
            except (OSError, subprocess.TimeoutExpired) as e:
                why = str(e)
        for name in (DUCKDB, POLARS):
            if self.version(name) == PACKAGES[name]:
                self.versions["npm", name] = PACKAGES[name]
            else:
                self.missing.append("%s %s of npm%s" % (name, PACKAGES[name], " (%s)" % why if why else ""))
        if ("npm", DUCKDB) in self.versions:
            subprocess.run([os.environ.get("CC", "cc"), "-O2", "-std=gnu11", "-o", os.path.join(self.folder, "duckdb"),
                            os.path.join(HERE, "duckdb.c"), "-ldl"], check=True)

    def name(self, rival):
        return rival.name % self.versions[rival.home, rival.tool].split("-")[0]

    def duckdb(self, threads, statements):
        return [os.path.join(self.folder, "duckdb"), os.path.join(self.package(DUCKDB), "libduckdb.so"), str(threads)] + statements

    def command(self, rival, form, path, threads, suite):
        if rival.home == "python":
            return [self.python[rival.tool], os.path.join(HERE, "peers.py"), rival.tool, rival.way, form, path, str(threads), suite]
        if rival.tool == DUCKDB:
            return self.duckdb(threads, peers.statements(rival.way, form, path, suite))
        return ["node", os.path.join(HERE, "peers.mjs"), self.npm, form, path, str(threads), suite]

    def write_parquet(self, source, path, codec):
        """By DuckDB, from CSV; false where there is none."""
        copy = "COPY (SELECT * FROM %s) TO '%s' (FORMAT parquet, COMPRESSION %s, ROW_GROUP_SIZE 122880)" % (
            peers.sql_from("csv", source), path, codec)
        if ("npm", DUCKDB) in self.versions:
            subprocess.run(self.duckdb(os.cpu_count(), [copy]), stdout=subprocess.DEVNULL, check=True)
        elif "duckdb" in self.python:
            subprocess.run([self.python["duckdb"], "-c", "import duckdb, sys; duckdb.connect().execute(sys.argv[1])", copy], check=True)
        else:
            return False
        return True
