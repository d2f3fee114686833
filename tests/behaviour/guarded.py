"""weir run: a command under guard; its exit statuses, what is on record, and what readers of the output see."""
import os
import random
import signal
import sqlite3
import subprocess
import threading
import time

import project
from project import contains, same, test

MART = """assets:
  raw/a: {path: a.csv, checks: [not_null: x]%s}
  marts/m: {path: m.csv, depends_on: [raw/a], exposed: true, checks: [not_null: y]%s}
  out/o: {depends_on: [marts/m], exposed: true}
"""
PUBLISH = ", publish: {stage: m.new.csv}"
GOOD, BAD = 'printf "y,z\\n%s,1\\n" >"$WEIR_STAGE"', 'printf "y,z\\n,1\\n" >"$WEIR_STAGE"'


def mart(p, m=PUBLISH, a=""):
    p.write("a.csv", "x\n1\n")
    p.catalog(MART % (a, m))
    p.weir("check", "raw/a", now="").expect(0)


def run(p, status, command, *parts, asset="marts/m", options=(), **how):
    words = ["sh", "-c", command] if isinstance(command, str) else command
    return p.weir("run", asset, *options, "--", *words, now="", **how).expect(status, *parts)


def run_any(p, command):
    return p.weir("run", "marts/m", "--", "sh", "-c", command, now="")


def until(fulfilled):
    end = time.time() + 30
    while not fulfilled():
        assert time.time() < end, "it did not come"
        time.sleep(0.02)


def store(p, sql):
    db = sqlite3.connect("file:%s?mode=ro" % p.path(".weir/state.db"), uri=True)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def events(p, asset="marts/m"):
    return [k for k, in store(p, "SELECT kind FROM event WHERE asset = '%s' AND reporter = 'cli' ORDER BY seq" % asset)]


def gate(p, asset="out/o"):
    done = p.json("gate", asset, now="")
    return done.status, sorted({r["kind"] for r in done.json["reasons"] if r["effect"] == "block"})


def text(p, name):
    with open(p.path(name)) as f:
        return f.read()


@test
def a_closed_gate_is_75_and_the_command_is_not_started(p):
    p.write("a.csv", "x\n1\n")
    p.catalog(MART % ("", PUBLISH))
    done = run(p, 75, "touch started", "unchecked")
    same(done.out, "")
    same(os.path.exists(p.path("started")), False)
    same(events(p), [])
    run(p, 0, GOOD % 1, options=["--run"])
    p.write("a.csv", "x,w\n,1\n")
    run(p, 75, GOOD % 2, "check_failed", options=["--run"])
    run(p, 0, GOOD % 3, "overridden", options=["--override", "a try", "--for", "1h"])
    same(text(p, "m.csv"), "y,z\n3,1\n")


@test
def the_command_has_its_environment_and_its_standard_streams(p):
    mart(p)
    script = "read line; echo \"got $line\"; echo loud >&2; env >env.txt; " + GOOD % 1
    done = subprocess.run([project.WEIR, "run", "marts/m", "--", "sh", "-c", script], input="hello\n", text=True,
                          capture_output=True, cwd=p.dir, timeout=60,
                          env=dict(p.env, WEIR_STAGE="stale", WEIR_PARTITION="stale"))
    same((done.returncode, done.stdout, done.stderr), (0, "got hello\n", "loud\n"))
    env = dict(line.split("=", 1) for line in text(p, "env.txt").splitlines() if "=" in line)
    run_id, = store(p, "SELECT run_id FROM event WHERE kind = 'started'")[0]
    same({k: v for k, v in env.items() if k.startswith("WEIR")},
         {"WEIR_ASSET": "marts/m", "WEIR_PARTITION": "", "WEIR_RUN_ID": run_id,
          "WEIR_STAGE": os.path.realpath(p.path("m.new.csv"))})


@test
def without_publish_there_is_no_stage_in_the_environment(p):
    mart(p, m="")
    run(p, 0, 'test -z "${WEIR_STAGE+set}" && printf "y\\n1\\n" >m.csv', env={"WEIR_STAGE": "stale"})


@test
def exit_statuses_are_those_of_the_contract(p):
    mart(p)
    p.write("plain", "no program")
    for status, command in ((7, "exit 7"), (2, "exit 2"), (137, "kill -9 $$"), (143, "kill -TERM $$"),
                            (127, ["no-such-program"]), (126, ["./plain"]), (126, ["."])):
        run(p, status, command)
        same(events(p)[-2:], ["started", "failed"], status)
    same(p.weir("run", "marts/m", now="").status, 125)
    same(p.weir("run", "marts/m", "true", now="").status, 125)
    same(p.weir("run", "marts/m", "--nonsense", "--", "true", now="").status, 125)
    same(p.weir("run", "marts/x", "--", "true", now="").status, 125)
    same(p.weir("run", "marts/m", "--partition", "2024-01-01", "--", "true", now="").status, 125)
    same(p.weir("run", "marts/m", "--override", "why", "--", "true", now="").status, 125)
    p.catalog("assets: {a: {pth: x}}\n")
    same(p.weir("run", "a", "--", "true", now="").status, 125)


@test
def a_store_that_cannot_be_used_is_125_and_nothing_is_started(p):
    mart(p)
    p.write("weir.db", "this is no database, and it is long enough for that to be seen at once........")
    done = p.weir("run", "marts/m", "--store", "weir.db", "--", "touch", "started", now="")
    same((done.status, os.path.exists(p.path("started"))), (125, False))


@test
def a_store_that_breaks_meanwhile_is_125_and_opens_no_gate(p):
    mart(p)
    breaks = "import sqlite3; d = sqlite3.connect('.weir/state.db'); d.execute('DROP TABLE run'); d.commit()"
    run(p, 125, '%s; python3 -c "%s"' % (GOOD % 1, breaks), "not on record", "published")
    same((text(p, "m.csv"), events(p)), ("y,z\n1,1\n", ["started"]))
    same(store(p, "SELECT * FROM verdict WHERE asset = 'marts/m'"), [])
    same(gate(p), (1, ["in_progress", "unchecked"]))


@test
def a_signal_for_weir_reaches_the_command_once(p):
    mart(p)
    script = "trap 'echo T >>got; exit 9' TERM; trap 'echo U >>got' USR1; trap 'echo I >>got' INT; touch ready; " \
             "while :; do sleep 0.05; done"
    _, weir = p.start("run", "marts/m", "--", "sh", "-c", script, now="")
    until(lambda: os.path.exists(p.path("ready")))
    for number, mark in ((signal.SIGUSR1, "U"), (signal.SIGINT, "I"), (signal.SIGTERM, "T")):
        weir.send_signal(number)
        until(lambda: os.path.exists(p.path("got")) and mark in text(p, "got"))
    weir.communicate(timeout=30)
    same((weir.returncode, text(p, "got")), (9, "U\nI\nT\n"))
    same(events(p), ["started", "failed"])


@test
def a_key_at_the_terminal_reaches_the_command_once(p):
    import pty
    mart(p)
    # Two signals on the heels of each other look like one: weir is held until the command has got its own.
    p.write("wait.py", """import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
with open("got", "w") as f:
    open("ready", "w").close()
    wait = 30
    while (info := signal.sigtimedwait({signal.SIGINT}, wait)) is not None:
        f.write("kernel\\n" if info.si_code > 0 else "weir\\n")
        f.flush()
        wait = 1
os._exit(4)
""")
    try:
        pid, fd = pty.fork()
    except OSError as e:
        return "SKIP no terminal can be had: %s" % e
    if pid == 0:
        os.chdir(p.dir)
        os.execve(project.WEIR, [project.WEIR, "run", "marts/m", "--", "python3", "wait.py"], p.env)
    until(lambda: os.path.exists(p.path("ready")))
    os.kill(pid, signal.SIGSTOP)
    os.write(fd, b"\x03")
    until(lambda: text(p, "got") != "")
    os.kill(pid, signal.SIGCONT)
    try:
        while os.read(fd, 1000):
            pass
    except OSError:
        pass
    same(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 4)
    same(text(p, "got"), "kernel\n")


@test
def what_is_published_has_its_verdicts_and_its_inputs(p):
    mart(p)
    run(p, 0, GOOD % 1)
    same(text(p, "m.csv"), "y,z\n1,1\n")
    same(sorted(n for n in os.listdir(p.dir) if "weir-lock" in n or "new" in n), [])
    same(events(p), ["started", "materialized"])
    a, = store(p, "SELECT version FROM event WHERE asset = 'raw/a'")[0]
    same(store(p, "SELECT i.asset, i.version FROM event_input i JOIN event e ON e.seq = i.event"), [("raw/a", a)])
    version, = store(p, "SELECT version FROM event WHERE kind = 'materialized'")[0]
    same({v for v, in store(p, "SELECT version FROM verdict WHERE asset = 'marts/m'")}, {version})
    same(store(p, "SELECT DISTINCT r.kind FROM run r JOIN verdict v ON v.run = r.id WHERE v.asset = 'marts/m'"),
         [("run",)])
    same(gate(p), (0, []))
    same(p.json("fresh", now="").asset("marts/m")["staleness"]["status"], "current")


@test
def versions_of_all_kinds_are_those_that_gates_find(p):
    for kind in ("stat", "content", "reported"):
        mart(p, m=PUBLISH + ", version: {from: %s}" % kind)
        run(p, 0, GOOD % 1)
        same(gate(p), (0, []), kind)
        run(p, 1, BAD)
        same(gate(p), (0, []), kind)


@test
def what_has_no_data_has_the_version_that_was_told_or_the_runs_own(p):
    p.catalog("assets:\n  model: {exposed: true}\n")
    run(p, 0, "true", asset="model")
    run(p, 0, "'%s' events add model --version 42" % project.WEIR, asset="model")
    made = store(p, "SELECT run_id, version FROM event WHERE kind = 'materialized' ORDER BY seq")
    same((made[0][0] != "", made[0][0] == made[0][1], [v for _, v in made[1:]]), (True, True, ["42", "42"]))


@test
def a_partitioned_asset_may_be_made_as_a_whole(p):
    p.catalog("""assets:
  days: {path: "d/{date}.csv", partitions: {date: {every: day, from: 2024-01-01, until: 2024-01-03}}, checks: [not_null: y]}
  sum: {depends_on: [{key: days, partitions: all}], exposed: true}
""")
    run(p, 1, "mkdir d; printf 'y,z\\n,1\\n' >d/2024-01-01.csv; printf 'y\\n2\\n' >d/2024-01-02.csv", "2024-01-01", asset="days")
    same(gate(p, "sum"), (1, ["check_failed"]))
    run(p, 0, "printf 'y\\n1\\n' >d/2024-01-01.csv", asset="days")
    same(gate(p, "sum"), (0, []))


@test
def a_failing_check_keeps_the_old_output_and_its_gate(p):
    mart(p)
    run(p, 0, GOOD % 1)
    run(p, 1, BAD, "not published", "m.new.csv", "null")
    same((text(p, "m.csv"), text(p, "m.new.csv")), ("y,z\n1,1\n", "y,z\n,1\n"))
    same(events(p), ["started", "materialized", "started", "failed"])
    contains(store(p, "SELECT note FROM event WHERE kind = 'failed'")[0][0], "marts/m:not_null:y")
    same(gate(p), (0, []))
    done = run(p, 0, GOOD % 2, "moved to")
    left = [n for n in os.listdir(p.dir) if ".left-" in n]
    same((len(left), text(p, left[0])), (1, "y,z\n,1\n"))
    contains(done.err, left[0])
    run(p, 99, BAD, options=["--skip-exit", "99"])


@test
def a_check_that_cannot_be_evaluated_publishes_nothing(p):
    mart(p, m=", publish: {stage: m.new.csv}")
    run(p, 0, GOOD % 1)
    run(p, 3, 'printf "other\\n1\\n" >"$WEIR_STAGE"', "not published")
    same((text(p, "m.csv"), events(p)[-1]), ("y,z\n1,1\n", "failed"))


@test
def a_leftover_is_never_published_by_a_command_that_wrote_nothing(p):
    mart(p)
    p.write("m.new.csv", "y\nleft\n")
    run(p, 3, "true", "nothing lies at its stage")
    same(os.path.exists(p.path("m.csv")), False)
    same([text(p, n) for n in os.listdir(p.dir) if ".left-" in n], ["y\nleft\n"])
    same(events(p), ["started", "failed"])


@test
def an_input_that_moved_is_named_and_stops_publishing(p):
    mart(p)
    run(p, 0, GOOD % 1)
    move = "printf 'x\\n2\\n' >a.csv; "
    run(p, 75, move + GOOD % 2, "changed: raw/a", "not published", options=["--run"])
    same((text(p, "m.csv"), events(p)[-1]), ("y,z\n1,1\n", "failed"))
    for policy, status in (("warn", 0), ("block", 75)):
        mart(p, m=PUBLISH + ", gate: {changed: %s}" % policy)
        run(p, status, move + GOOD % 5, "changed: raw/a", options=["--run"])
    same((text(p, "m.csv"), events(p)[-3:]), ("y,z\n5,1\n", ["materialized", "started", "failed"]))


@test
def an_input_that_moved_leaves_an_output_that_is_stale_whatever_comes_back(p):
    mart(p, m=", gate: {changed: warn}" + PUBLISH, a=", version: {from: content}")
    run(p, 0, "printf 'x\\n2\\n' >a.csv; " + GOOD % 1, "changed: raw/a")
    p.write("a.csv", "x\n1\n")
    same(p.json("fresh", now="").asset("marts/m")["staleness"]["status"], "stale")


@test
def an_input_that_moved_to_what_fails_taints_the_output(p):
    mart(p, m=", gate: {changed: warn}" + PUBLISH, a=", version: {from: content}")
    run(p, 0, "printf 'x,w\\n,1\\n' >a.csv; " + GOOD % 1, "changed: raw/a")
    p.weir("check", "raw/a", now="").expect(1)
    same(gate(p), (1, ["tainted"]))


@test
def without_publish_a_moved_input_ends_with_75_and_is_on_record(p):
    mart(p, m="")
    run(p, 75, "printf 'x\\n2\\n' >a.csv; printf 'y\\n1\\n' >m.csv", "changed: raw/a")
    same(events(p), ["started", "materialized"])
    contains(store(p, "SELECT note FROM event WHERE kind = 'materialized'")[0][0], "raw/a")
    same(p.json("fresh", now="").asset("marts/m")["staleness"]["status"], "stale")


@test
def without_publish_the_output_is_checked_where_it_lies(p):
    mart(p, m="")
    run(p, 1, 'printf "y,z\\n,1\\n" >m.csv')
    same((events(p), gate(p)), (["started", "materialized"], (1, ["check_failed"])))
    run(p, 0, 'printf "y,z\\n1,1\\n" >m.csv')
    same(gate(p), (0, []))
    os.unlink(p.path("m.csv"))
    run(p, 3, "true", "m.csv")
    same(events(p)[-1], "failed")


@test
def who_is_killed_leaves_the_old_output_and_a_closed_gate(p):
    mart(p)
    run(p, 0, GOOD % 1)
    _, weir = p.start("run", "marts/m", "--", "sh", "-c", "%s; touch ready; sleep 3" % (GOOD % 2), now="")
    until(lambda: os.path.exists(p.path("ready")))
    weir.kill()
    weir.wait()
    same((text(p, "m.csv"), events(p)[-1], gate(p)), ("y,z\n1,1\n", "started", (1, ["in_progress"])))
    run(p, 125, GOOD % 3, "another run")  # its command still holds the stage
    weir.communicate()  # until that ends, too
    run(p, 0, GOOD % 3)
    same((text(p, "m.csv"), events(p)[-4:], gate(p)),
         ("y,z\n3,1\n", ["started", "failed", "started", "materialized"], (0, [])))


@test
def a_kill_at_any_moment_leaves_one_whole_output_and_no_pass(p):
    mart(p)
    run(p, 0, GOOD % 0)
    p.weir("check", "marts/m", now="").expect(0)
    moments = random.Random(7)
    made = "y,z\n0,1\n"
    for i in range(1, 13):
        bad = i % 3 == 0
        _, weir = p.start("run", "marts/m", "--", "sh", "-c", BAD if bad else GOOD % i, now="")
        time.sleep(moments.uniform(0.005, 0.25))
        weir.kill()
        weir.communicate()
        now = text(p, "m.csv")
        assert now in (made, "y,z\n%d,1\n" % i) and (not bad or now == made), (now, i)
        last = events(p)[-1]
        if last == "started" or now != made and last != "materialized":
            same(gate(p)[0], 1, "run %d, killed when it was %s" % (i, last))
        made = now
    for _ in range(50):
        if p.weir("run", "marts/m", "--", "sh", "-c", GOOD % 99, now="").status == 0:
            break
        time.sleep(0.1)
    same((text(p, "m.csv"), gate(p)), ("y,z\n99,1\n", (0, [])))


@test
def two_runs_do_not_share_a_stage(p):
    mart(p)
    _, weir = p.start("run", "marts/m", "--", "sh", "-c", "touch ready; sleep 1; " + GOOD % 1, now="")
    until(lambda: os.path.exists(p.path("ready")))
    run(p, 125, GOOD % 2, "another run")
    weir.communicate()
    same((weir.returncode, text(p, "m.csv")), (0, "y,z\n1,1\n"))


def watched(p, look, publish, times):
    """Publishes again and again while readers look; all that they saw."""
    seen, stop = set(), threading.Event()

    def watch():
        while not stop.is_set():
            seen.add(look())
    readers = [threading.Thread(target=watch) for _ in range(2)]
    for r in readers:
        r.start()
    try:
        for i in range(times):
            publish(i)
    finally:
        stop.set()
        for r in readers:
            r.join()
    return seen


@test
def readers_of_a_file_see_the_old_or_the_new_one(p):
    mart(p)
    make = "import sys, os; open(os.environ['WEIR_STAGE'], 'w').write('y\\n' + '%d\\n' * 50000)"
    run(p, 0, ["python3", "-c", make % 9])
    seen = watched(p, lambda: text(p, "m.csv"), lambda i: run(p, 0, ["python3", "-c", make % i]), 5)
    same({(len(set(s.split("\n")[1:-1])), s.count("\n")) for s in seen}, {(1, 50001)})
    same(oct(os.stat(p.path("m.csv")).st_mode & 0o777), oct(0o666 & ~0o022))


@test
def permissions_and_links_of_the_output_stay(p):
    mart(p)
    os.mkdir(p.path("store"))
    p.write("store/real.csv", "y\n0\n")
    os.chmod(p.path("store/real.csv"), 0o640)
    os.symlink("store/real.csv", p.path("m.csv"))
    run(p, 0, GOOD % 1)
    same((os.path.islink(p.path("m.csv")), text(p, "store/real.csv")), (True, "y,z\n1,1\n"))
    same(oct(os.stat(p.path("store/real.csv")).st_mode & 0o777), oct(0o640))


@test
def a_stage_on_another_file_system_is_refused_before_anything_runs(p):
    other = "/dev/shm"
    if not os.access(other, os.W_OK) or os.stat(other).st_dev == os.stat(p.dir).st_dev:
        return "no second file system here"
    mart(p, m=", publish: {stage: %s/weir-%d/m.csv}" % (other, os.getpid()))
    run(p, 125, "touch started", "different file systems")
    same((os.path.exists(p.path("started")), os.path.exists("%s/weir-%d" % (other, os.getpid()))), (False, False))


@test
def the_schema_and_the_effective_catalog_know_publish(p):
    p.catalog("""defaults: [{match: "*", publish: {stage: s/none.csv}}]
assets:
  m_{r}: {for: {r: [eu, us]}, path: "{r}.csv", exposed: true, publish: {stage: "s/{r}.csv"}}
  plain: {path: plain.csv, exposed: true, publish: off}
""")
    contains(p.weir("config", "show", "m_eu").expect(0).out, "stage: s/eu.csv")
    run(p, 0, 'printf "y\\n1\\n" >"$WEIR_STAGE"', asset="m_us")
    same(text(p, "us.csv"), "y\n1\n")
    run(p, 0, 'test -z "${WEIR_STAGE+set}" && printf "y\\n1\\n" >plain.csv', asset="plain")
    schema = p.weir("config", "schema").expect(0).json
    contains(str(schema), "'stage'", "'keep_as'")


FOLDER = """assets:
  m: {path: out/*.csv, exposed: true, publish: {stage: out.new}, checks: [not_null: y]}
"""


@test
def a_folder_takes_the_place_of_the_old_one(p):
    p.catalog(FOLDER)
    make = 'mkdir "$WEIR_STAGE" && for i in %s; do printf "y\\n$i\\n" >"$WEIR_STAGE/$i.csv"; done'
    run(p, 0, make % "1 2", asset="m")
    same(sorted(os.listdir(p.path("out"))), ["1.csv", "2.csv"])
    p.write("out/README", "not the asset's")
    done = run(p, 0, make % "3", asset="m")
    same(sorted(os.listdir(p.path("out"))), ["3.csv"])
    same(os.listdir(p.path("out.new")), ["README"])
    contains(done.err, "out.new")
    same(events(p, "m")[-1], "materialized")
    version, = store(p, "SELECT version FROM event WHERE kind = 'materialized' ORDER BY seq DESC")[0]
    same(p.json("check", now="").asset("m")["data_version"], version)


TABLE = """sources: {db: {url: "sqlite:shop.db"}}
assets:
  t: {source: db, table: sales, exposed: true, publish: {stage: sales_new%s}, checks: [not_null: y]}
  o: {depends_on: [t], exposed: true}
"""


def sql(statements):
    return ["python3", "-c", "import sqlite3\nd = sqlite3.connect('shop.db')\nd.executescript('''%s''')" % statements]


def rows(p, query):
    db = sqlite3.connect(p.path("shop.db"), timeout=20)
    try:
        return db.execute(query).fetchall()
    finally:
        db.close()


@test
def a_table_is_swapped_with_its_indexes_triggers_and_views(p):
    p.catalog(TABLE % "")
    p.sqlite("shop.db", "CREATE TABLE sales (y INTEGER)", "INSERT INTO sales VALUES (1)",
             "CREATE INDEX by_y ON sales (y)", "CREATE VIEW all_sales AS SELECT * FROM sales", "CREATE TABLE log (y)",
             "CREATE TRIGGER watch AFTER INSERT ON sales BEGIN INSERT INTO log VALUES (new.y); END",
             "CREATE TABLE child (y INTEGER REFERENCES sales (y))")
    run(p, 0, sql("CREATE TABLE sales_new (y INTEGER); INSERT INTO sales_new VALUES (2), (3);"), asset="t")
    same(rows(p, "SELECT y FROM all_sales ORDER BY y"), [(2,), (3,)])
    same(rows(p, "SELECT type, name, tbl_name FROM sqlite_schema WHERE type IN ('index', 'trigger') ORDER BY name"),
         [("index", "by_y", "sales"), ("trigger", "watch", "sales")])
    same(rows(p, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"), [("child",), ("log",), ("sales",)])
    contains(rows(p, "SELECT sql FROM sqlite_schema WHERE name = 'child'")[0][0], "REFERENCES sales (y)")
    same((events(p, "t"), gate(p, "o")), (["started", "materialized"], (0, [])))
    run(p, 1, sql("CREATE TABLE sales_new (y INTEGER); INSERT INTO sales_new VALUES (NULL);"), "not published", asset="t")
    same((rows(p, "SELECT y FROM sales"), gate(p, "o")), ([(2,), (3,)], (0, [])))
    run(p, 3, "true", "moved to", asset="t")
    same(rows(p, "SELECT y FROM sales"), [(2,), (3,)])


@test
def the_old_table_is_kept_where_that_is_asked(p):
    p.catalog(TABLE % ", keep_as: sales_old")
    for i in range(3):
        run(p, 0, sql("CREATE TABLE sales_new (y INTEGER); INSERT INTO sales_new VALUES (%d);" % i), asset="t")
    same((rows(p, "SELECT y FROM sales"), rows(p, "SELECT y FROM sales_old")), ([(2,)], [(1,)]))


@test
def readers_of_a_table_see_the_old_or_the_new_one(p):
    p.catalog(TABLE % "")
    make = "CREATE TABLE sales_new (y INTEGER); WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n " \
           "WHERE i < 2000) INSERT INTO sales_new SELECT %d FROM n;"
    run(p, 0, sql("PRAGMA journal_mode = WAL; " + make % 9), asset="t")
    seen = watched(p, lambda: tuple(rows(p, "SELECT count(*), count(DISTINCT y) FROM sales")),
                   lambda i: run(p, 0, sql(make % i), asset="t"), 4)
    same(seen, {((2000, 1),)})


PARTS = """sources: {db: {url: "sqlite:shop.db"}}
assets:
  t:
    source: db
    table: sales
    where: "day = {date}"
    partitions: {date: {every: day, from: 2024-01-01}}
    publish: {stage: sales_new}
    exposed: true
    checks: [not_null: y]
"""


@test
def one_partition_of_a_table_is_replaced(p):
    p.catalog(PARTS)
    p.sqlite("shop.db", "CREATE TABLE sales (day TEXT, y INTEGER)",
             "INSERT INTO sales VALUES ('2024-01-01', 1), ('2024-01-02', 2)")
    make = "CREATE TABLE sales_new (day TEXT, y INTEGER%s); INSERT INTO sales_new VALUES ('%s', 5);"
    run(p, 125, "true", "--partition", asset="t")
    run(p, 0, sql(make % ("", "2024-01-02")), asset="t", options=["--partition", "2024-01-02"])
    same(rows(p, "SELECT * FROM sales ORDER BY day"), [("2024-01-01", 1), ("2024-01-02", 5)])
    same(p.json("check", "--partition", "2024-01-02", now="").asset("t", "2024-01-02")["data_version"],
         store(p, "SELECT version FROM event WHERE kind = 'materialized'")[0][0])
    # Nothing of another partition, and no other columns.
    run(p, 125, sql(make % ("", "2024-01-02") + "INSERT INTO sales_new VALUES ('2024-01-01', 6);"), "not of partition",
        asset="t", options=["--partition", "2024-01-02"])
    run(p, 125, sql((make % (", z", "2024-01-02")).replace("sales_new VALUES", "sales_new (day, y) VALUES")),
        "columns", asset="t", options=["--partition", "2024-01-02"])
    same(rows(p, "SELECT * FROM sales ORDER BY day"), [("2024-01-01", 1), ("2024-01-02", 5)])


@test
def a_partition_takes_no_row_of_another_one(p):
    p.catalog(PARTS)
    make = "CREATE TABLE sales_new (day TEXT, y INTEGER); INSERT INTO sales_new VALUES ('2024-01-02', 1), ('2024-01-02', 7);"
    for conflict in ("REPLACE", "IGNORE", "ABORT"):
        p.sqlite("shop.db", "DROP TABLE IF EXISTS sales", "CREATE TABLE sales (day TEXT, y INTEGER UNIQUE ON CONFLICT %s)" % conflict,
                 "INSERT INTO sales VALUES ('2024-01-01', 1), ('2024-01-02', 2)")
        run(p, 125, sql(make), "UNIQUE", asset="t", options=["--partition", "2024-01-02"])
        same(rows(p, "SELECT * FROM sales ORDER BY day"), [("2024-01-01", 1), ("2024-01-02", 2)], conflict)


@test
def what_is_not_what_was_judged_once_it_is_there_has_no_verdict(p):
    p.catalog(PARTS + "  o: {depends_on: [t], exposed: true}\n")
    p.sqlite("shop.db", "CREATE TABLE sales (day TEXT, y INTEGER)",
             "CREATE TRIGGER meddle AFTER INSERT ON sales BEGIN UPDATE sales SET y = NULL WHERE rowid = new.rowid; END")
    make = "CREATE TABLE sales_new (day TEXT, y INTEGER); INSERT INTO sales_new VALUES ('2024-01-02', 5);"
    run(p, 75, sql(make), "something else has written", asset="t", options=["--partition", "2024-01-02"])
    same(store(p, "SELECT kind, version FROM event WHERE reporter = 'cli' ORDER BY seq"),
         [("started", ""), ("materialized", "")])
    p.weir("check", "t", "--partition", "2024-01-02", now="").expect(1)


@test
def an_input_that_is_being_made_again_is_not_what_the_gate_saw(p):
    p.catalog("""assets:
  up: {path: up.csv, version: {from: reported}, exposed: true}
  m: {path: m.csv, depends_on: [up], exposed: true, publish: {stage: s.csv}}
""")
    p.write("up.csv", "x\n1\n")
    add = "'%s' events add up " % project.WEIR
    p.weir("events", "add", "up", "--version", "1", now="").expect(0)
    run(p, 75, add + "--kind started && printf half >up.csv && " + GOOD % 1, "changed: up has been written since", asset="m")
    same(os.path.exists(p.path("m.csv")), False)
    p.weir("events", "add", "up", "--version", "2", now="").expect(0)
    run(p, 0, GOOD % 1, asset="m")


@test
def what_is_put_back_brings_its_taint_along(p):
    mart(p, m=PUBLISH + ", version: {from: content}")
    p.write("a.csv", "x,w\n,1\n")
    p.weir("check", "raw/a", now="").expect(1)
    run(p, 0, GOOD % 1, options=["--override", "a try", "--for", "1h"])
    same(gate(p), (1, ["tainted"]))
    old = text(p, "m.csv")
    p.write("a.csv", "x\n1\n")
    p.weir("check", "raw/a", now="").expect(0)
    run(p, 0, GOOD % 2)
    new = text(p, "m.csv")
    same(gate(p), (0, []))
    p.write("m.csv", old)
    same(gate(p), (1, ["tainted"]))
    p.write("m.csv", new)
    same(gate(p), (0, []))
    # Nobody knows which one was made now: it may be either.
    p.weir("events", "add", "marts/m", "--input", "raw/a@none", now="").expect(0)
    p.write("m.csv", old)
    same(gate(p), (1, ["tainted"]))


@test
def a_stage_that_is_still_written_opens_no_gate(p):
    mart(p)
    run(p, 0, GOOD % 1)
    done = run_any(p, "exec 9>>\"$WEIR_STAGE\"; printf 'y\\n0\\n' >&9; (for i in 1 2 3 4 5 6 7 8 9; do for k in 1 2 3 4 5 6 7 8 9; do "
                      "echo $i >&9; done; sleep 0.1; done) >/dev/null 2>&1 &")
    time.sleep(1.5)
    # It may have been written before, during or after publishing.  Only what stayed as it was judged opens the gate.
    if text(p, "m.csv") == "y,z\n1,1\n":
        same((done.status in (3, 75), events(p)[-1]), (True, "failed"))
    else:
        same((done.status in (0, 75), gate(p)), (True, (1, ["unchecked"])))


@test
def an_output_without_checks_must_be_readable_all_the_same(p):
    p.catalog("assets: {m: {path: m.csv, exposed: true, allow_empty: true, publish: {stage: s.csv}}}\n")
    run(p, 0, 'printf "y\\n1\\n" >"$WEIR_STAGE"', asset="m")
    run(p, 3, 'mkdir "$WEIR_STAGE.d" && : >"$WEIR_STAGE"', "not published", asset="m")
    same((text(p, "m.csv"), events(p, "m")[-1]), ("y\n1\n", "failed"))


@test
def one_partition_of_files_is_replaced(p):
    p.catalog("""assets:
  t:
    path: "days/{date}.csv"
    partitions: {date: {every: day, from: 2024-01-01}}
    publish: {stage: "stage/{date}.csv"}
    exposed: true
    checks: [not_null: y]
""")
    p.write("days/2024-01-01.csv", "y\n1\n")
    run(p, 0, GOOD % 2, asset="t", options=["--partition", "2024-01-02"])
    same((text(p, "days/2024-01-01.csv"), text(p, "days/2024-01-02.csv")), ("y\n1\n", "y,z\n2,1\n"))
    same(store(p, "SELECT partition FROM event WHERE reporter = 'cli' ORDER BY seq"), [("2024-01-02",)] * 2)


@test
def a_check_that_looks_at_its_own_asset_looks_at_the_stage(p):
    p.catalog("""assets:
  m:
    path: m.csv
    exposed: true
    publish: {stage: m.new.csv}
    checks: [{relationships: {column: parent, to: m, field: id}}]
""")
    p.write("m.csv", "id,parent\n1,1\n2,1\n")
    run(p, 1, 'printf "id,parent\\n7,2\\n" >"$WEIR_STAGE"', "not published", asset="m")
    run(p, 0, 'printf "id,parent\\n7,7\\n" >"$WEIR_STAGE"', asset="m")


@test
def a_wrong_publish_is_told_where_it_stands(p):
    for publish, words in (("{stage: m.csv}", "taken for the asset itself"), ("{stage: 's*.csv'}", "not a glob"),
                           ("{}", "stage"), ("{stage: s.csv, keep_as: x}", "is of tables"),
                           ("{stage: s.csv, to: other.csv}", "does not become"), ("{stage: s.csv.gz}", "must end as"),
                           ("yes", "must be a map"), ("{stage: s.csv, two: x}", "two")):
        p.catalog("assets: {m: {path: m.csv, exposed: true, publish: %s}}\n" % publish)
        p.weir("validate").expect(2, "weir.yaml:2:", words)
    p.catalog("assets: {m: {path: '*.csv', exposed: true, publish: {stage: s}}}\n")
    p.weir("validate").expect(2, "no folder is the asset's own")
    p.catalog("assets: {m: {exposed: true, publish: {stage: s}}}\n")
    p.weir("validate").expect(2, "needs a 'path' or a 'table'")
    p.catalog(TABLE % ", to: other")
    p.weir("validate").expect(2, "does not become")
    p.catalog(TABLE.replace("sales_new", "Sales") % "")
    p.weir("validate").expect(2, "different ones")
