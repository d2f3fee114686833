"""Memory: a limit changes no answer, files for what does not fit leave nothing behind, and approximate answers keep their bounds."""
import json
import os
import random
import signal
import subprocess
import time

from project import WEIR, contains, same, test

N = 40000
CHECKS = """
  - unique: id
  - unique: code
  - unique_together: [code, day]
  - unique_count: {column: code, min: 1}
  - unique_proportion: {column: code, min: 0.001}
  - median: {column: amount, min: 0}
  - quantiles: {column: mixed, quantile_ranges: {quantiles: [0, 0.1, 0.75, 1], value_ranges: [[null, null], [null, null], [null, null], [null, null]]}}
  - most_common_in_set: {column: code, values: [c7]}
"""


def rows(seed=3):
    r = random.Random(seed)
    for i in range(N):
        code = "c7" if r.random() < 0.1 else "c%d" % r.randrange(15000)
        yield (i if i != 30000 else 5, code, "2024-%02d-%02d" % (r.randrange(1, 13), r.randrange(1, 29)),
               round(r.random() * 100, 2), r.choice([r.randrange(1000), r.randrange(1000) / 8]))


def table(p):
    data = list(rows())
    p.write("t.csv", "id,code,day,amount,mixed\n" + "".join("%d,%s,%s,%.2f,%s\n" % row for row in data))
    return data


def results(p, suite, *args, status=1, **how):
    p.write("suite.yaml", "checks:" + suite)
    done = p.json("check", "--source", "t.csv", "--suite", "suite.yaml", "--store", ":memory:", *args, **how)
    if status is not None:
        done.expect(status)
    return {c["id"]: (c["outcome"], c["message"], c["result"]) for c in done.json["assets"][0]["checks"]}


@test
def a_limit_of_memory_changes_no_answer(p):
    data = table(p)
    whole = results(p, CHECKS)
    codes = [row[1] for row in data]
    groups = {}
    for code in codes:
        groups[code] = groups.get(code, 0) + 1
    amounts = sorted(row[3] for row in data)
    observed = {check: result.get("observed_value", result.get("unexpected_count")) for check, (_, _, result) in whole.items()}
    same(observed["unique:id"], 2)
    same(observed["unique:code"], sum(n for n in groups.values() if n > 1))
    pairs = {}
    for row in data:
        pairs[row[1:3]] = pairs.get(row[1:3], 0) + 1
    same(observed["unique_together:code,day"], sum(n for n in pairs.values() if n > 1))
    same(observed["unique_count:code"], len(groups))
    same(observed["unique_proportion:code"], len(groups) / N)
    assert abs(observed["median:amount"] - (amounts[N // 2 - 1] + amounts[N // 2]) / 2) < 1e-9
    same(whole["most_common_in_set:code"][0], "pass")
    for memory in ("10KB", "100KB", "1MB", "20MB"):
        for threads in ("1", "3"):
            got = results(p, CHECKS, "--memory", memory, "--threads", threads, env={"WEIR_MORSEL_BYTES": "50000"})
            same(got, whole, (memory, threads))


@test
def nothing_is_left_of_temporary_files_even_by_a_kill(p):
    table(p)
    tmp = p.path("tmp")
    os.mkdir(tmp)
    whole = results(p, CHECKS)
    same(results(p, CHECKS, "--memory", "10KB", env={"TMPDIR": tmp}), whole)
    same(os.listdir(tmp), [])
    for moment in (0.05, 0.2, 0.5):
        _, running = p.start("check", "--source", "t.csv", "--suite", "suite.yaml", "--store", ":memory:", "--memory", "10KB",
                          env={"TMPDIR": tmp})
        time.sleep(moment)
        same(os.listdir(tmp), [])
        running.send_signal(signal.SIGKILL)
        running.communicate()
        same(os.listdir(tmp), [])


@test
def a_missing_temporary_folder_is_an_error_of_the_checks_that_need_it(p):
    table(p)
    got = results(p, CHECKS + "  - not_null: day\n", "--memory", "10KB", status=3, env={"TMPDIR": "/nowhere/at/all"})
    same(got["not_null:day"][0], "pass")
    same(got["unique:id"][0], "error")
    contains(got["unique:id"][1], "/nowhere/at/all")
    same([name for name, (outcome, _, _) in got.items() if outcome == "pass"], ["not_null:day", "not_empty", "well_formed"])


@test
def approximate_answers_keep_their_bounds_and_never_pass_what_exact_ones_do_not(p):
    data = table(p)
    n = len({row[1] for row in data})
    for low, high in ((1, n * 2), (1, n), (1, n - 1), (n, n), (n + 1, n * 2), (1, 100), (n * 2, n * 3)):
        got = results(p, "\n  - unique_count: {column: code, min: %d, max: %d, approx: true}\n" % (low, high), status=None)
        outcome, message, result = got["unique_count:code"]
        true = low <= n <= high
        assert outcome in (("pass", "error") if true else ("fail", "error")), (low, high, n, message)
        if outcome == "error":
            contains(message, "too near to tell")
            continue
        same(result["approximate"], True)
        assert abs(result["observed_value"] - n) <= result["error_bound"] <= 0.03 * n, result
    got = results(p, """
  - unique_count: {column: day, min: 1, max: 336, approx: true}
  - median: {column: amount, min: 40, max: 60, approx: true}
  - most_common_in_set: {column: code, values: [c7], approx: true}
  - most_common_in_set: {column: id, values: [1], approx: true}
""", status=3)
    same(got["unique_count:day"][2].get("approximate"), None)  # few values: exact
    same([got[k][0] for k in ("unique_count:day", "median:amount", "most_common_in_set:code", "most_common_in_set:id")],
         ["pass", "pass", "pass", "error"])
    amounts = sorted(row[3] for row in data)
    assert abs(got["median:amount"][2]["observed_value"] - amounts[N // 2]) <= got["median:amount"][2]["error_bound"]
    count = sum(row[1] == "c7" for row in data)
    contains(got["most_common_in_set:code"][1], "c7")
    assert 0 < got["most_common_in_set:code"][2]["error_bound"] < count


@test
def a_database_counts_exactly_all_the_same(p):
    import sqlite3
    p.sqlite("t.db", "CREATE TABLE t (n INTEGER, x REAL)")
    db = sqlite3.connect(p.path("t.db"))
    db.executemany("INSERT INTO t VALUES (?, ?)", [(i * 7, i / 2) for i in range(9000)])
    db.commit()
    db.close()
    p.write("suite.yaml", """checks:
  - unique_count: {column: n, min: 9000, max: 9000, approx: true}
  - median: {column: x, min: 2249.75, max: 2249.75, approx: true}
""")
    done = p.json("check", "--source", "t.db", "--table", "t", "--suite", "suite.yaml", "--store", ":memory:").expect(0)
    for c in done.json["assets"][0]["checks"]:
        same((c["outcome"], c["result"].get("approximate")), ("pass", None))
    contains(p.weir("check", "--source", "t.db", "--table", "t", "--suite", "suite.yaml", "--store", ":memory:", "--explain").expect(0).out,
             "exact all the same: distinct_approx(n)")


@test
def a_temporary_file_that_may_not_grow_is_an_error_of_the_check(p):
    table(p)
    p.write("suite.yaml", "checks:\n  - unique: code\n  - row_count: {min: %d}\n" % N)
    limited = "ulimit -f 64; exec \"$0\" \"$@\""
    done = subprocess.run(["sh", "-c", limited, WEIR, "check", "--source", "t.csv", "--suite", "suite.yaml", "--store", ":memory:", "--memory",
                           "100kB", "--format", "json"], cwd=p.dir, env=p.env, capture_output=True, text=True, check=False)
    same(done.returncode, 3, done.stderr)
    checks = {c["id"]: c for c in json.loads(done.stdout)["assets"][0]["checks"]}
    same(checks["unique:code"]["outcome"], "error")
    contains(checks["unique:code"]["message"], "File too large")
    same(checks["row_count"]["outcome"], "pass")
