"""What comparisons of imported checks with the tools that wrote them share: installing a tool, asking weir, telling what differs."""
import collections
import json
import math
import os
import subprocess
import venv

HERE = os.path.dirname(os.path.abspath(__file__))
WEIR = os.path.abspath(os.environ.get("WEIR", os.path.join(HERE, "..", "..", "build", "weir")))
BUILD = os.path.abspath(os.environ.get("WEIR_BUILD", os.getcwd()))
WORST = ("error", "fail", "warn", "pass")


def install(name, packages):
    """A Python that has the packages, in peers/NAME of the build; or None and why not.  Another one is told by NAME_PYTHON."""
    folder = os.path.join(BUILD, "peers", name)
    python, mark = os.path.join(folder, "bin", "python"), os.path.join(folder, "installed")
    if os.environ.get(name.upper() + "_PYTHON"):
        return os.environ[name.upper() + "_PYTHON"], None
    try:
        with open(mark, encoding="utf-8") as f:
            if f.read() == "\n".join(packages):
                return python, None
    except FileNotFoundError:
        pass
    try:
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--only-binary", ":all:", "--retries", "1",
                        "--timeout", "15", *packages], check=True, capture_output=True, text=True, timeout=900)
    except subprocess.TimeoutExpired:
        return None, "pip took too long"
    except subprocess.CalledProcessError as e:
        return None, (str(e.stderr or e.stdout or "pip failed").strip().splitlines() or [""])[-1]
    with open(mark, "w", encoding="utf-8") as f:
        f.write("\n".join(packages))
    return python, None


def ask_peer(python, program, jobs, folder):
    """What a program in Python, which reads jobs and answers each on a line that begins with `=`, says; or None and its last words."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("WEIR", "DBT_", "SODA_"))}
    done = subprocess.run([python, "-c", program], input="".join(json.dumps(j) + "\n" for j in jobs), cwd=folder, env=env, capture_output=True,
                          text=True, timeout=1800)
    answers = [json.loads(line[1:]) for line in done.stdout.splitlines() if line.startswith("=")]
    return (answers, None) if len(answers) == len(jobs) else (None, (done.stdout + done.stderr).splitlines()[-30:])


def run(folder, *words):
    env = {k: v for k, v in os.environ.items() if not k.startswith("WEIR") or k == "WEIR_ENV"}
    done = subprocess.run([WEIR, *words], cwd=folder, env=env, capture_output=True, text=True, timeout=300)
    if done.returncode not in (0, 1, 3):
        raise AssertionError("weir %s: %d\n%s" % (" ".join(words), done.returncode, done.stderr))
    return json.loads(done.stdout)


Verdict = collections.namedtuple("Verdict", "outcome results messages grade why")


def check(folder, file, tables, of):
    """The checks that weir makes of a file for the tables that are called so, with their verdicts.  tables: {name: (types, rows)}."""
    assets = {}
    for name, (types, rows) in tables.items():
        with open(os.path.join(folder, name + ".jsonl"), "w", encoding="utf-8") as f:
            f.writelines(json.dumps(dict(zip(types, row))) + "\n" for row in rows)
        assets[name] = {"path": name + ".jsonl", "exposed": True, "allow_empty": True, "columns": types}
        if name in of:
            assets[name]["suites"] = [file]
    with open(os.path.join(folder, "weir.yaml"), "w", encoding="utf-8") as f:
        json.dump({"version": 1, "assets": assets}, f)
    done = run(folder, "check", "--store", ":memory:", "--format", "json")
    return [c for a in done["assets"] for c in a["checks"] if not c["implicit"]]


def ask_weir(folder, kind, file, tables, of):
    """By line of the file: what weir says of the checks that it makes of what stands there."""
    checks = collections.defaultdict(list)
    for c in check(folder, file, tables, of):
        checks[c["place"]["line"]].append(c)
    ret = {}
    for n in run(folder, "import", kind, file, "--format", "json")["notes"]:
        here = checks.get(n["place"]["line"], [])
        outcomes = {c["outcome"] for c in here}
        ret[n["place"]["line"]] = Verdict(next((w for w in WORST if w in outcomes), None), [c["result"] for c in here],
                                          [c["message"] for c in here], n["grade"], n["why"])
    return ret


def near(a, b, tolerance=1e-9):
    return isinstance(a, (int, float)) and isinstance(b, (int, float)) and math.isclose(a, b, rel_tol=tolerance, abs_tol=1e-9)


class Tally:
    """Verdicts side by side, and a TAP line for each table."""

    def __init__(self, tool, n):
        self.tool, self.n, self.failed, self.count, self.refused = tool, 0, False, collections.Counter(), collections.Counter()
        print("1..%d" % n)

    def table(self, what, pairs):
        """pairs: (check, its outcome there, what else is wrong or None, Verdict)."""
        wrong = []
        for check, outcome, other, ours in pairs:
            if ours is None or (ours.outcome is None and ours.grade != "refused"):
                self.count["said twice"] += 1
                continue
            equal = ours.outcome == outcome and other is None
            if ours.grade == "refused":
                self.refused[ours.why] += 1
            self.count[ours.grade + ("" if ours.grade == "refused" else " and equal" if equal else " and different")] += 1
            if ours.grade == "refused":
                wrong += [(check, "refused, but %s" % ours.outcome)] if ours.outcome != "error" else []
            elif not equal and ours.grade == "exact":
                wrong.append((check, "%s, weir %s %s%s" % (outcome, ours.outcome, ours.messages, "; " + other if other else "")))
        self.n += 1
        self.failed = self.failed or bool(wrong)
        print("%sok %d - %s gives the same verdicts on %s" % ("not " if wrong else "", self.n, self.tool, what))
        for check, text in wrong:
            print("#   %s: %s" % (check, text))

    def end(self):
        print("# %s: %s" % (self.tool, ", ".join("%d %s" % (v, k) for k, v in sorted(self.count.items()))))
        for why, n in self.refused.most_common():
            print("#   %d refused: %s" % (n, why))
        return 1 if self.failed else 0


def skip(tool, why):
    print("1..0 # SKIP %s of PyPI cannot be installed here: %s" % (tool, why))
    return 0
