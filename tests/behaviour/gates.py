"""Gates: section 5 of the contract."""
import os
import time

from project import same, test

MART = """assets:
  raw/a: {path: a.csv, checks: [not_null: x]%s}
  marts/m: {depends_on: [raw/a]%s}
"""


def mart(p, a="", m="", data="x\n1\n"):
    if data is not None:
        p.write("a.csv", data, at=3600)
    p.catalog(MART % (a, m))


def gate(p, status, *words, **how):
    return p.json("gate", "marts/m", *words, **how).expect(status)


def kinds(done):
    return sorted({r["kind"] for r in done.json["reasons"]})


@test
def what_was_not_checked_is_unchecked(p):
    mart(p)
    same(gate(p, 1).reasons(), [("unchecked", "raw/a", "block")])
    p.weir("check").expect(0)
    same(gate(p, 0).reasons(), [])
    i = gate(p, 0).json["inputs"]
    same([(x["upstream"], x["checks"]) for x in i], [("raw/a", "pass")])


@test
def a_failed_check_blocks_and_names_itself(p):
    mart(p, data="x,y\n,1\n")
    p.weir("check").expect(1)
    r = gate(p, 1).json["reasons"]
    same([(x["kind"], x["check"], x["effect"]) for x in r], [("check_failed", "raw/a:not_null:x", "block")])
    same(r[0]["data_version"], p.json("check").asset("raw/a")["data_version"])


@test
def a_file_that_changed_under_its_verdict_is_unchecked(p):
    mart(p)
    p.weir("check").expect(0)
    gate(p, 0)
    p.write("a.csv", "x,y\n,1\n", at=1800)
    same(kinds(gate(p, 1)), ["unchecked"])
    same(kinds(gate(p, 1, "--run")), ["check_failed"])
    p.write("a.csv", "x\n1\n", at=900)
    same(kinds(gate(p, 1)), ["unchecked"])
    gate(p, 0, "--run")
    gate(p, 0)


@test
def a_file_of_the_same_size_and_time_is_another_when_by_content(p):
    mart(p, a=", version: {from: content}")
    p.weir("check").expect(0)
    p.write("a.csv", "x\n2\n", at=3600)
    same(kinds(gate(p, 1)), ["unchecked"])
    p.write("a.csv", "x\n1\n", at=3600)
    gate(p, 0)  # what was judged before is judged still


@test
def a_verdict_on_one_version_never_opens_a_gate_on_another(p):
    """All orders of: write good, write bad, check.  Open only if the last check came after the last write, which was good."""
    import itertools
    p.catalog(MART % (", version: {from: content}", ""))
    for n, steps in enumerate(itertools.product("gbc", repeat=4)):
        store = "s%d.db" % n
        content, judged = None, set()
        if os.path.exists(p.path("a.csv")):
            os.unlink(p.path("a.csv"))
        for s in steps:
            if s == "c":
                if content is not None:
                    p.weir("check", "--store", store)
                    judged.add(content)
            else:
                content = "x,y\n%s,1\n" % ("1" if s == "g" else "")
                p.write("a.csv", content, at=3600)
        done = p.json("gate", "marts/m", "--store", store)
        good = content is not None and content.startswith("x,y\n1") and content in judged
        same((steps, done.status), (steps, 0 if good else 1))
        same(done.json["decision"], "allow" if good else "block")


@test
def an_error_blocks(p):
    mart(p, data="y\n1\n")
    p.weir("check").expect(3)
    same(kinds(gate(p, 1)), ["check_error"])


@test
def what_is_missing_or_dangling_blocks(p):
    mart(p, data=None)
    same(kinds(gate(p, 1)), ["missing"])
    p.catalog("assets: {marts/m: {depends_on: [raw/nowhere]}}\n")
    same(gate(p, 1).reasons(), [("dangling", "raw/nowhere", "block")])


@test
def what_disappeared_blocks(p):
    mart(p)
    p.weir("check").expect(0)
    gate(p, 0)
    os.unlink(p.path("a.csv"))
    assert gate(p, 1).json["decision"] == "block"


@test
def warnings_no_checks_and_late_inputs_are_listed(p):
    p.write("a.csv", "x,y\n,1\n", at=7200)
    p.write("b.csv", "x\n1\n", at=7200)
    p.catalog("""assets:
  raw/a: {path: a.csv, checks: [{not_null: x, severity: warning}], freshness: {max_age: 1h}}
  raw/b: {path: b.csv}
  marts/m: {depends_on: [raw/a, raw/b]}
""")
    p.weir("check").expect(0)
    same(gate(p, 0).reasons(), [("late", "raw/a", "allow"), ("no_checks", "raw/b", "allow"), ("warned", "raw/a", "allow")])
    p.catalog("assets:\n  raw/a: {path: a.csv, freshness: {max_age: 1h, blocking: true}}\n  marts/m: {depends_on: [raw/a]}\n")
    assert ("late", "raw/a", "block") in gate(p, 1).reasons()


@test
def a_failed_check_that_does_not_block_does_not_block(p):
    p.write("a.csv", "x,y\n,1\n")
    p.catalog("assets:\n  raw/a: {path: a.csv, checks: [{not_null: x, blocking: false}]}\n  marts/m: {depends_on: [raw/a]}\n")
    p.weir("check").expect(1)
    same(gate(p, 0).json["decision"], "allow")
    p.catalog("assets:\n  raw/a: {path: a.csv, checks: [{not_null: x, severity: warning, blocking: true}]}\n  marts/m: {depends_on: [raw/a]}\n")
    p.weir("check").expect(0)
    done = p.json("gate", "marts/m")
    assert done.status in (0, 1), done.err


@test
def an_open_run_blocks_until_it_ends_or_expires(p):
    mart(p)
    p.weir("check").expect(0)
    p.weir("events", "add", "raw/a", "--kind", "started", "--at", "2024-05-10T11:30:00Z").expect(0)
    same(kinds(gate(p, 1)), ["in_progress"])
    gate(p, 0, now="2024-05-11T11:30:01Z")
    p.weir("events", "add", "raw/a", "--kind", "failed", "--at", "2024-05-10T11:40:00Z").expect(0)
    assert "in_progress" not in kinds(p.json("gate", "marts/m"))


@test
def dependencies_and_policies_change_effects(p):
    for m, effect in ((", gate: {unchecked: warn}", "warn"), (", gate: {unchecked: allow}", "allow")):
        mart(p, m=m)
        same(gate(p, 0).reasons(), [("unchecked", "raw/a", effect)])
    p.catalog("assets:\n  raw/a: {path: a.csv, checks: [not_null: x]}\n  marts/m: {depends_on: [{key: raw/a, gate: warn}]}\n")
    same(gate(p, 0).reasons(), [("unchecked", "raw/a", "warn")])
    p.catalog("assets:\n  raw/a: {path: a.csv, checks: [not_null: x]}\n  marts/m: {depends_on: [{key: raw/a, gate: ignore}]}\n")
    same(gate(p, 0).json["decision"], "allow")


@test
def a_gate_in_shadow_never_blocks_and_says_so(p):
    mart(p, m=", gate: {mode: shadow}")
    done = gate(p, 0)
    same(done.json["mode"], "shadow")
    same([r["kind"] for r in done.json["reasons"]], ["unchecked"])


@test
def a_recent_verdict_on_an_older_version_is_accepted_where_allowed(p):
    mart(p, m=", gate: {accept_verdict_within: 2h}")
    p.weir("check").expect(0)
    p.write("a.csv", "x\n1\n2\n", at=60)
    done = gate(p, 0, now="2024-05-10T13:00:00Z")
    same(done.reasons(), [("unchecked", "raw/a", "allow")])
    gate(p, 1, now="2024-05-10T14:00:01Z")
    # A failure is never accepted that way.
    p.write("a.csv", "x,y\n,1\n", at=50)
    p.weir("check", now="2024-05-10T13:00:00Z").expect(1)
    p.write("a.csv", "x,y\n,1\n,1\n", at=40)
    gate(p, 1, now="2024-05-10T13:00:01Z")


@test
def an_override_lets_through_for_its_time_and_is_on_record(p):
    mart(p, data="x,y\n,1\n")
    p.weir("check").expect(1)
    done = gate(p, 0, "--override", "known gap", "--for", "2h")
    assert "overridden" in kinds(done), done.out
    assert "overridden" in kinds(gate(p, 0, now="2024-05-10T13:59:59Z"))
    gate(p, 1, now="2024-05-10T14:00:01Z")
    p.write("a.csv", "x,y\n,1\n,2\n", at=60)
    gate(p, 1)  # it was given for what lay there


@test
def another_name_washes_no_taint_off(p):
    text = """retention: {results: 1h, events: 1h, versions: 1h}
assets:
  NAME: {path: r.csv, ALIASversion: {from: reported}, exposed: true, checks: [not_null: id]}
  m: {path: m.csv, depends_on: [NAME], exposed: true, checks: [not_null: id]}
  o: {depends_on: [m], exposed: true}
"""
    p.write("r.csv", "id,b\n,1\n")
    p.write("m.csv", "id\n1\n")
    p.catalog(text.replace("NAME", "raw").replace("ALIAS", ""))
    p.weir("events", "add", "raw", "--version", "1").expect(0)
    p.weir("check", "raw").expect(1)
    p.weir("events", "add", "m", "--input", "raw@1").expect(0)
    p.weir("check", "m").expect(0)
    same(p.json("gate", "o").expect(1).reasons(), [("tainted", "m", "block")])
    # Mended since, which does not mend what was made before.
    p.write("r.csv", "id\n1\n")
    p.weir("events", "add", "raw", "--version", "2", now="2024-05-10T13:00:00Z").expect(0)
    p.weir("check", "raw", now="2024-05-10T13:00:00Z").expect(0)
    p.catalog(text.replace("NAME", "source").replace("ALIAS", "aliases: [raw], "))
    same(p.json("gate", "o").expect(1).reasons(), [("tainted", "m", "block")])
    p.weir("store", "prune", now="2034-05-10T12:00:00Z").expect(0)
    same(("tainted", "m", "block") in p.json("gate", "o").expect(1).reasons(), True)


@test
def what_was_made_of_bad_data_is_tainted(p):
    p.write("a.csv", "x,y\n,1\n", at=7200)
    p.catalog("assets:\n  raw/a: {path: a.csv, checks: [not_null: x]}\n  marts/m: {depends_on: [raw/a]}\n  dash/d: {depends_on: [marts/m]}\n")
    version = p.json("check").expect(1).asset("raw/a")["data_version"]
    p.weir("events", "add", "marts/m", "--version", "m1", "--input", "raw/a@" + version, "--at", "2024-05-10T11:00:00Z").expect(0)
    done = p.json("gate", "dash/d").expect(1)
    assert ("tainted", "marts/m", "block") in done.reasons(), done.out


@test
def waiting_ends_when_the_input_comes(p):
    p.catalog(MART % ("", ""))
    _, waiting = p.start("gate", "marts/m", "--run", "--wait", "60s", "--format", "json", now="")
    time.sleep(0.5)
    assert waiting.poll() is None, waiting.communicate()
    p.write(".tmp", "x\n1\n")
    os.rename(p.path(".tmp"), p.path("a.csv"))
    out, err = waiting.communicate(timeout=60)
    same(waiting.returncode, 0, out + err)


@test
def waiting_is_not_for_what_time_does_not_cure(p):
    mart(p, data="x,y\n,1\n")
    p.weir("check").expect(1)
    start = time.monotonic()
    p.weir("gate", "marts/m", "--wait", "60s", now="").expect(1)
    assert time.monotonic() - start < 20, "waited for a failed check"


@test
def gates_ask_for_the_partitions_that_are_read(p):
    p.catalog("""assets:
  raw/d: {path: "d/{day:%Y-%m-%d}.csv", partitions: {day: {every: day, from: 2024-05-08}}, checks: [not_null: x]}
  marts/m: {depends_on: [{key: raw/d, partitions: same}], partitions: {day: {every: day, from: 2024-05-08}}}
  marts/all: {depends_on: [{key: raw/d, partitions: all}], exposed: true}
""")
    p.write("d/2024-05-08.csv", "x\n1\n")
    p.write("d/2024-05-09.csv", "x,y\n,1\n")
    p.weir("check").expect(1)
    gate(p, 0, "--partition", "2024-05-08")
    done = gate(p, 1, "--partition", "2024-05-09")
    same([(r["kind"], r["partition"]) for r in done.json["reasons"]], [("check_failed", "2024-05-09")])
    same(kinds(gate(p, 1, "--partition", "2024-05-10")), ["missing"])
    p.json("gate", "marts/all").expect(1)
    p.write("d/2024-05-09.csv", "x\n1\n")
    assert p.json("gate", "marts/all").expect(1).json["decision"] == "block"
    p.weir("check").expect(0)
    p.json("gate", "marts/all").expect(0)


@test
def an_unusable_state_is_undecided_and_blocks_unless_the_catalog_says_otherwise(p):
    mart(p)
    p.write("bad.db", "this is no database\n")
    for words, status, decision in (("", 1, "block"), ("undecided: allow\n", 0, "allow")):
        p.catalog(words + MART % ("", ""))
        done = gate(p, status, "--store", "bad.db")
        same((done.json["decision"], kinds(done)), (decision, ["undecided"]))
        assert "not a database" in done.err, done.err
